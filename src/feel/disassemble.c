/* disassemble: a program as text, a line an instruction: place, name, operands, and what they stand for. */
#include "feel/program_int.h"

struct row {
    const char *name, *operands;
};

static const struct row rows[] = {
#define OP(name, operands, sentence) { #name, operands },
#include "feel/opcodes.def"
#undef OP
};

/* What operand a stands for, where it is an index into one of the program's tables. */
static void print_meaning(const struct feel_program *p, const struct feel_instruction *i, struct buf *out)
{
    switch (i->op) {
    case OP_CONSTANT:
    case OP_EQ_K:
    case OP_NE_K:
    case OP_LT_K:
    case OP_LE_K:
    case OP_GT_K:
    case OP_GE_K:
        buf_addz(out, "  ; ");
        feel_print(p->constants[i->a], out);
        break;
    case OP_PATH:
    case OP_ENTRY:
    case OP_ENTRY_OF_TOP:
    case OP_FAIL:
        buf_printf(out, "  ; %.*s", STR_ARG(p->names[i->a]));
        break;
    case OP_BUILTIN:
    case OP_BUILTIN_NAMED:
        buf_printf(out, "  ; %.*s", STR_ARG(feel__builtins[i->a].name));
        break;
    case OP_INSTANCE:
    case OP_COERCE:
        buf_addz(out, "  ; ");
        feel_type_print(p->types[i->a], out);
        break;
    default:
        break;
    }
}

static void print_instruction(const struct feel_program *p, uint32_t at, const struct feel_instruction *i,
                              struct buf *out)
{
    const char *operands = rows[i->op].operands;
    bool more = i->op == OP_MORE, has_a = more || strstr(operands, "a:") != NULL;
    bool has_b = more || strstr(operands, "b:") != NULL;
    buf_printf(out, "%5u  %s", at, rows[i->op].name);
    if (has_a || has_b) {
        buf_printf(out, "%*s", 14 - (int)strlen(rows[i->op].name), "");
    }
    if (has_a) {
        buf_printf(out, " %u", i->a);
    }
    if (has_b) {
        buf_printf(out, " %u", i->b);
    }
    print_meaning(p, i, out);
    buf_addc(out, '\n');
}

void feel_disassemble(const struct feel_program *program, struct buf *out)
{
    for (uint32_t c = 0; c < program->code_count; c++) {
        const struct feel_code *code = program->codes[c];
        buf_printf(out, "function %u: %u parameters, %u slots, %u captures\n", c, code->parameter_count,
                   code->stack_size, code->capture_count);
        for (uint32_t i = 0; i < code->count; i++) {
            print_instruction(program, i, &code->instructions[i], out);
        }
    }
}
