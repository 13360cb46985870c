/* program_int: the parts of a compiled program, for compile.c, disassemble.c and vm.c.
 *
 * A program is a list of functions; the first is the expression itself. The frame of a call has
 *
 *     slot 0   the function that was called (null for the expression itself)
 *     slot 1…  the arguments (for unary tests: the input)
 *     then     locals and temporaries, whose places the compiler knows
 */
#ifndef GONGSHI_FEEL_PROGRAM_INT_H
#define GONGSHI_FEEL_PROGRAM_INT_H

#include "feel/tree_int.h"

enum feel_opcode {
#define OP(name, operands, sentence) OP_##name,
#include "feel/opcodes.def"
#undef OP
    OP_COUNT
};

struct feel_instruction {
    uint16_t op, b;
    uint32_t a;
};

/* The source of an instruction. */
struct feel_span {
    const struct feel_source *source;
    uint32_t from, to;
};

/* Where a function takes a value it captures from: a slot of the frame that makes it, or one of its captures. */
struct feel_capture {
    bool from_slot;
    uint32_t index;
};

struct feel_code {
    const struct feel_instruction *instructions;
    const struct feel_span *spans;
    uint32_t count;
    uint32_t stack_size;     /* slots of a frame */
    uint32_t parameter_count;
    const struct feel_field *parameters;
    uint32_t capture_count;
    const struct feel_capture *captures;
};

struct feel_program {
    struct feel_code *const *codes;
    uint32_t code_count;
    const feel_value *constants;
    const str *names;
    const struct feel_shape *const *shapes;
    const struct feel_type *const *types;
    const struct feel_rules *const *rules;
    const struct feel_external *const *externals;
    const str *const *name_lists;
    uint32_t cache_count;
    uint32_t constant_count, name_count, shape_count, type_count;
};

enum feel_function_kind { FUNCTION_CLOSURE, FUNCTION_BUILTIN, FUNCTION_NATIVE };

struct feel_function {
    enum feel_function_kind kind;
    str name;
    uint32_t parameter_count;
    const struct feel_field *parameters; /* of closures and natives */
    /* closure */
    const struct feel_program *program;
    const struct feel_code *code;
    const feel_value *slots;    /* of the scope it was made in */
    const feel_value *captures;
    /* built-in, native */
    const struct feel_builtin *builtin;
    feel_native_fn *native;
    const void *data;
};

/* Remembers where a name stood in the last context that was asked for it. */
struct feel_cache {
    const struct feel_shape *shape;
    int64_t position;
};

struct feel_frame {
    struct feel_frame *caller;
    const struct feel_program *program;
    const struct feel_code *code;
    const struct feel_function *function; /* NULL for the expression itself */
    const feel_value *slots;
    struct feel_cache *caches;            /* of `program`, or NULL */
    const struct feel_instruction *ip;    /* the instruction being carried out */
    feel_value *sp;                       /* while the frame waits for a call: its first free slot */
    struct feel_stack_chunk *chunk;       /* what the chunk was before this frame… */
    char *chunk_next;                     /* …and how far it was filled */
    feel_value base[];
};

void feel__stack_free(struct feel_eval *ev);

/* The range that an operator and a value make: (< 10). */
struct feel_range feel__comparison_range(enum feel_operator op, feel_value v);

/* A bare run of a frame until it returns. */
feel_value feel__execute(struct feel_eval *ev, struct feel_frame *entry);

#endif
