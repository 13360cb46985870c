/* load: XML files to a model. First all files of the import tree, then their types, then their nodes, then the
 * requirements between nodes, then the logic of each. */
#include "dmn/dmn_int.h"

#include <openssl/evp.h>

static const char *const namespaces[] = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",      /* 1.1 */
    "http://www.omg.org/spec/DMN/20180521/MODEL/",       /* 1.2 */
    "https://www.omg.org/spec/DMN/20191111/MODEL/",      /* 1.3 */
    "https://www.omg.org/spec/DMN/20211108/MODEL/",      /* 1.4 */
    "https://www.omg.org/spec/DMN/20230324/MODEL/",      /* 1.5 */
};

/* ---- Elements ---- */

static bool is_dmn_namespace(str uri)
{
    for (size_t i = 0; i < sizeof namespaces / sizeof namespaces[0]; i++) {
        if (str_eq(uri, str_of(namespaces[i]))) {
            return true;
        }
    }
    return false;
}

bool dmn__is(const struct xml_node *x, const char *name)
{
    return str_eq(x->name, str_of(name)) && is_dmn_namespace(x->uri);
}

const struct xml_node *dmn__child(const struct xml_node *x, const char *name)
{
    const struct xml_node *c = x->first_child;
    while (c != NULL && !dmn__is(c, name)) {
        c = c->next;
    }
    return c;
}

const struct xml_node *dmn__next(const struct xml_node *x, const char *name)
{
    do {
        x = x->next;
    } while (x != NULL && !dmn__is(x, name));
    return x;
}

str dmn__attr(const struct xml_node *x, const char *name)
{
    return xml_attr(x, STR(""), str_of(name));
}

str dmn__text(const struct xml_node *x)
{
    const struct xml_node *text = x == NULL ? NULL : dmn__child(x, "text");
    return text == NULL ? STR("") : str_trim(text->text);
}

struct dmn_problem *dmn__problem(struct dmn_model *m, enum dmn_finding_kind kind, const struct dmn_instance *in,
                                 str node, const struct xml_node *at, const char *format, str a, str b)
{
    struct dmn_problem *p = ARENA_NEW(m->arena, struct dmn_problem);
    *p = (struct dmn_problem){ .kind = kind, .instance = in, .node = node, .format = format,
                               .args = { arena_str(m->arena, a), arena_str(m->arena, b) },
                               .source = STR(""), .line = at->line };
    *m->problems_end = p;
    m->problems_end = &p->next;
    return p;
}

/* ---- Files ---- */

struct loader {
    struct dmn_model *model;
    dmn_find_import *find;
    void *context;
    EVP_MD_CTX *digest;
    struct error *err;
};

static enum error_code parse_definitions(struct arena *a, struct dmn_source source, const struct xml_node **ret,
                                         struct error *err)
{
    const struct xml_node *root;
    enum error_code code = xml_parse(a, source.name, source.bytes, &root, err);
    if (code != OK) {
        return code;
    }
    if (!str_eq(root->name, STR("definitions")) || !is_dmn_namespace(root->uri)) {
        error_set(err, ERROR_INVALID, "the file is no decision model");
        error_detail(err, "its root is <%.*s> of the namespace \"%.*s\"", STR_ARG(root->name), STR_ARG(root->uri));
        error_hint(err, "DMN 1.1 to 1.5 begin with <definitions> in one of their five namespaces");
        error_at(err, source.name, root->line, root->column);
        return ERROR_INVALID;
    }
    *ret = root;
    return OK;
}

bool dmn_namespace(struct arena *scratch, struct dmn_source source, str *ret)
{
    const struct xml_node *root;
    struct error err = { .code = OK };
    if (parse_definitions(scratch, source, &root, &err) != OK) {
        return false;
    }
    *ret = dmn__attr(root, "namespace");
    return true;
}

static enum error_code load_file(struct loader *l, struct dmn_source source, struct dmn_instance *parent,
                                 str import_name, struct dmn_instance **ret);

static bool imports_itself(const struct dmn_instance *in, str namespace_uri)
{
    for (; in != NULL; in = in->parent) {
        if (str_eq(in->namespace_uri, namespace_uri)) {
            return true;
        }
    }
    return false;
}

static enum error_code load_import(struct loader *l, struct dmn_instance *in, const struct xml_node *x)
{
    str uri = dmn__attr(x, "namespace"), name = dmn__attr(x, "name");
    struct dmn_source source;
    bool dmn = is_dmn_namespace(dmn__attr(x, "importType"));
    if (!dmn) {
        return OK; /* an XML schema or PMML: nothing here refers into it */
    }
    if (imports_itself(in, uri)) {
        dmn__problem(l->model, DMN_MODEL, in, STR(""), x, "the import \"%s\" leads back to its own file: %s", name,
                     uri);
        return OK;
    }
    if (l->find == NULL || !l->find(l->context, uri, dmn__attr(x, "locationURI"), &source)) {
        dmn__problem(l->model, DMN_MODEL, in, STR(""), x, "the import \"%s\" cannot be found: %s", name, uri);
        return OK;
    }
    return load_file(l, source, in, name, &in->imports[in->import_count++]);
}

static uint32_t count_children(const struct xml_node *x, const char *name)
{
    uint32_t n = 0;
    for (const struct xml_node *c = dmn__child(x, name); c != NULL; c = dmn__next(c, name)) {
        n++;
    }
    return n;
}

static enum error_code load_file(struct loader *l, struct dmn_source source, struct dmn_instance *parent,
                                 str import_name, struct dmn_instance **ret)
{
    struct dmn_model *m = l->model;
    if (m->instance_count == LIMIT_DMN_IMPORTS) {
        error_set(l->err, ERROR_LIMIT, "the model imports too many files");
        error_detail(l->err, "limit %s = %d", "DMN_IMPORTS", LIMIT_DMN_IMPORTS);
        return ERROR_LIMIT;
    }
    struct dmn_instance *in = ARENA_NEW(m->arena, struct dmn_instance);
    enum error_code code = parse_definitions(m->arena, source, &in->definitions, l->err);
    if (code != OK) {
        return code;
    }
    EVP_DigestUpdate(l->digest, source.bytes.ptr, source.bytes.len);
    in->parent = parent;
    in->file = arena_str(m->arena, source.name);
    in->import_name = import_name;
    in->prefix = parent == NULL ? STR("") : arena_printf(m->arena, "%.*s%.*s.", STR_ARG(parent->prefix),
                                                         STR_ARG(import_name));
    in->namespace_uri = dmn__attr(in->definitions, "namespace");
    in->imports = ARENA_ARRAY(m->arena, struct dmn_instance *, count_children(in->definitions, "import"));
    m->instances[m->instance_count++] = in;
    *ret = in;
    for (const struct xml_node *x = dmn__child(in->definitions, "import"); x != NULL; x = dmn__next(x, "import")) {
        if ((code = load_import(l, in, x)) != OK) {
            return code;
        }
    }
    return OK;
}

/* ---- Nodes ---- */

static const struct {
    const char *element;
    enum dmn_kind kind;
} node_elements[] = {
    { "inputData", DMN_INPUT },
    { "decision", DMN_DECISION },
    { "businessKnowledgeModel", DMN_KNOWLEDGE },
    { "decisionService", DMN_SERVICE },
};

static bool node_kind(const struct xml_node *x, enum dmn_kind *ret)
{
    for (size_t i = 0; i < sizeof node_elements / sizeof node_elements[0]; i++) {
        if (dmn__is(x, node_elements[i].element)) {
            *ret = node_elements[i].kind;
            return true;
        }
    }
    return false;
}

static uint32_t count_nodes(const struct dmn_model *m)
{
    uint32_t n = 0;
    enum dmn_kind kind;
    for (uint32_t i = 0; i < m->instance_count; i++) {
        for (const struct xml_node *x = m->instances[i]->definitions->first_child; x != NULL; x = x->next) {
            n += node_kind(x, &kind);
        }
    }
    return n;
}

str dmn__variable_name(const struct xml_node *x)
{
    const struct xml_node *variable = dmn__child(x, "variable");
    str name = variable != NULL ? dmn__attr(variable, "name") : STR("");
    return name.len > 0 ? name : dmn__attr(x, "name");
}

static void add_node(struct dmn_model *m, struct dmn_instance *in, const struct xml_node *x, enum dmn_kind kind)
{
    struct dmn_node *n = &m->nodes[m->node_count];
    n->kind = kind;
    n->instance = in;
    n->xml = x;
    n->id = dmn__attr(x, "id");
    n->name = dmn__attr(x, "name");
    n->label = in->prefix.len == 0 ? n->name : arena_printf(m->arena, "%.*s%.*s", STR_ARG(in->prefix),
                                                            STR_ARG(n->name));
    n->type = dmn__variable_type(m, in, x);
    m->node_count++;
}

static enum error_code add_nodes(struct dmn_model *m, struct error *err)
{
    uint32_t count = count_nodes(m);
    if (count > LIMIT_DMN_NODES) {
        error_set(err, ERROR_LIMIT, "the model has too many nodes");
        error_detail(err, "limit %s = %d", "DMN_NODES", LIMIT_DMN_NODES);
        return ERROR_LIMIT;
    }
    m->nodes = ARENA_ARRAY(m->arena, struct dmn_node, count);
    for (uint32_t i = 0; i < m->instance_count; i++) {
        struct dmn_instance *in = m->instances[i];
        in->first_node = m->node_count;
        for (const struct xml_node *x = in->definitions->first_child; x != NULL; x = x->next) {
            enum dmn_kind kind;
            if (node_kind(x, &kind)) {
                add_node(m, in, x, kind);
            }
        }
        in->node_count = m->node_count - in->first_node;
    }
    return OK;
}

/* ---- Requirements ---- */

/* The nodes of a file stand together. */
static struct dmn_node *by_id(const struct dmn_model *m, const struct dmn_instance *in, str id)
{
    for (uint32_t i = 0; i < in->node_count; i++) {
        if (str_eq(m->nodes[in->first_node + i].id, id)) {
            return &m->nodes[in->first_node + i];
        }
    }
    return NULL;
}

static struct dmn_node *in_imports(const struct dmn_model *m, const struct dmn_instance *in, str uri, str id)
{
    for (uint32_t i = 0; i < in->import_count; i++) {
        struct dmn_node *n = str_eq(in->imports[i]->namespace_uri, uri) ? by_id(m, in->imports[i], id)
                                                                        : in_imports(m, in->imports[i], uri, id);
        if (n != NULL) {
            return n;
        }
    }
    return NULL;
}

/* "#id", or "namespace#id" of this file or of one it imports. */
struct dmn_node *dmn__by_href(const struct dmn_model *m, const struct dmn_instance *from, str href)
{
    const char *hash = memrchr(href.ptr, '#', href.len);
    if (hash == NULL) {
        return by_id(m, from, href);
    }
    str uri = str_slice(href, 0, (size_t)(hash - href.ptr));
    str id = str_slice(href, uri.len + 1, href.len);
    if (uri.len == 0 || str_eq(uri, from->namespace_uri)) {
        return by_id(m, from, id);
    }
    return in_imports(m, from, uri, id);
}

static void add_index(struct arena *a, uint32_t **list, uint32_t *count, uint32_t index)
{
    *list = arena_grow(a, *list, *count * sizeof **list, (*count + 1) * sizeof **list);
    (*list)[(*count)++] = index;
}

static void add_reference(struct dmn_model *m, struct dmn_node *n, const struct xml_node *x, uint32_t **list,
                          uint32_t *count)
{
    str href = dmn__attr(x, "href");
    struct dmn_node *to = dmn__by_href(m, n->instance, href);
    if (to == NULL) {
        dmn__problem(m, DMN_MODEL, n->instance, n->label, x, "the node that is referred to does not exist: %s", href,
                     STR(""));
        return;
    }
    add_index(m->arena, list, count, (uint32_t)(to - m->nodes));
}

static void add_requirements(struct dmn_model *m, struct dmn_node *n)
{
    for (const struct xml_node *x = n->xml->first_child; x != NULL; x = x->next) {
        if (dmn__is(x, "informationRequirement") || dmn__is(x, "knowledgeRequirement")) {
            for (const struct xml_node *r = x->first_child; r != NULL; r = r->next) {
                if (dmn__is(r, "requiredDecision") || dmn__is(r, "requiredInput")) {
                    add_reference(m, n, r, &n->requires, &n->require_count);
                } else if (dmn__is(r, "requiredKnowledge")) {
                    add_reference(m, n, r, &n->knows, &n->know_count);
                }
            }
        } else if (dmn__is(x, "outputDecision")) {
            add_reference(m, n, x, &n->requires, &n->require_count);
        }
    }
}

/* The parameters of a service: its input data, then its input decisions (DMN 1.5, 10.4). */
static void add_service_parameters(struct dmn_model *m, struct dmn_node *n)
{
    for (const struct xml_node *x = dmn__child(n->xml, "inputData"); x != NULL; x = dmn__next(x, "inputData")) {
        add_reference(m, n, x, &n->parameters, &n->parameter_count);
    }
    for (const struct xml_node *x = dmn__child(n->xml, "inputDecision"); x != NULL; x = dmn__next(x, "inputDecision")) {
        add_reference(m, n, x, &n->parameters, &n->parameter_count);
    }
    n->fields = ARENA_ARRAY(m->arena, struct feel_field, n->parameter_count);
    for (uint32_t i = 0; i < n->parameter_count; i++) {
        const struct dmn_node *p = &m->nodes[n->parameters[i]];
        n->fields[i] = (struct feel_field){ dmn__variable_name(p->xml), p->type };
    }
    struct dmn_service *s = ARENA_NEW(m->arena, struct dmn_service);
    *s = (struct dmn_service){ m, n };
    n->function = feel_native(m->arena, n->name, n->fields, n->parameter_count, dmn__call_service, s);
}

/* Tarjan's components, without recursion: a component is left when all it requires has been left, so the components
 * come out in the order of computing; one of several nodes, or of a node that requires itself, is a cycle. */
struct ordering {
    struct dmn_model *m;
    uint32_t *number;  /* by node: when it was entered, from 1; 0: not yet */
    uint32_t *low;     /* the lowest number that it is known to reach */
    uint32_t *edge;    /* how many of its requirements were followed */
    bool *waiting;     /* entered, and its component is not left */
    uint32_t *path, *component; /* stacks */
    uint32_t depth, waiting_count, entered;
};

static void enter_node(struct ordering *o, uint32_t node)
{
    o->number[node] = o->low[node] = ++o->entered;
    o->waiting[node] = true;
    o->component[o->waiting_count++] = node;
    o->path[o->depth++] = node;
}

static bool requires_itself(const struct dmn_node *n, uint32_t node)
{
    for (uint32_t i = 0; i < n->require_count; i++) {
        if (n->requires[i] == node) {
            return true;
        }
    }
    return false;
}

static void leave_component(struct ordering *o, uint32_t first)
{
    struct dmn_model *m = o->m;
    bool several = o->component[o->waiting_count - 1] != first;
    uint32_t node;
    do {
        node = o->component[--o->waiting_count];
        struct dmn_node *n = &m->nodes[node];
        o->waiting[node] = false;
        m->order[m->order_count++] = node;
        if (several || requires_itself(n, node)) {
            n->cyclic = true;
            dmn__problem(m, DMN_MODEL, n->instance, n->label, n->xml, "the decision requires itself", STR(""), STR(""));
        }
    } while (node != first);
}

/* One step from the top of the path: to a requirement, or back. */
static void follow(struct ordering *o)
{
    uint32_t node = o->path[o->depth - 1];
    const struct dmn_node *n = &o->m->nodes[node];
    if (o->edge[node] < n->require_count) {
        uint32_t to = n->requires[o->edge[node]++];
        if (o->m->nodes[to].kind == DMN_DECISION && o->number[to] == 0) {
            enter_node(o, to);
        } else if (o->waiting[to] && o->number[to] < o->low[node]) {
            o->low[node] = o->number[to];
        }
        return;
    }
    o->depth--;
    if (o->depth > 0 && o->low[node] < o->low[o->path[o->depth - 1]]) {
        o->low[o->path[o->depth - 1]] = o->low[node];
    }
    if (o->low[node] == o->number[node]) {
        leave_component(o, node);
    }
}

static void order_decisions(struct dmn_model *m)
{
    struct arena scratch = ARENA_INIT;
    struct ordering o = { .m = m };
    o.number = ARENA_ARRAY(&scratch, uint32_t, m->node_count);
    o.low = ARENA_ARRAY(&scratch, uint32_t, m->node_count);
    o.edge = ARENA_ARRAY(&scratch, uint32_t, m->node_count);
    o.waiting = ARENA_ARRAY(&scratch, bool, m->node_count);
    o.path = ARENA_ARRAY(&scratch, uint32_t, m->node_count);
    o.component = ARENA_ARRAY(&scratch, uint32_t, m->node_count);
    m->order = ARENA_ARRAY(m->arena, uint32_t, m->node_count);
    for (uint32_t i = 0; i < m->node_count; i++) {
        if (m->nodes[i].kind == DMN_DECISION && o.number[i] == 0) {
            enter_node(&o, i);
        }
        while (o.depth > 0) {
            follow(&o);
        }
    }
    arena_release(&scratch);
}

/* ---- Logic ---- */

/* Adds what the node requires and knows of one file, and under their names the imports of that. Recurses as deep as
 * imports are nested. */
static void add_required(struct feel_scope *s, struct arena *a, const struct dmn_model *m, const struct dmn_node *n,
                         const struct dmn_instance *in)
{
    for (uint32_t i = 0; i < in->import_count; i++) {
        struct feel_scope *members = feel_scope_new(a);
        add_required(members, a, m, n, in->imports[i]);
        feel_scope_add_namespace(s, in->imports[i]->import_name, members);
    }
    for (uint32_t i = 0; i < n->require_count + n->know_count; i++) {
        uint32_t slot = i < n->require_count ? n->requires[i] : n->knows[i - n->require_count];
        const struct dmn_node *r = &m->nodes[slot];
        bool value = r->kind == DMN_INPUT || r->kind == DMN_DECISION;
        if (r->instance == in) {
            feel_scope_add(s, dmn__variable_name(r->xml), value ? r->type : NULL, slot);
        }
    }
}

struct feel_scope *dmn__node_scope(struct arena *a, const struct dmn_model *m, const struct dmn_node *n)
{
    struct feel_scope *s = feel_scope_new(a);
    feel_scope_share_types(s, n->instance->types);
    add_required(s, a, m, n, n->instance);
    if (n->kind == DMN_KNOWLEDGE) {
        feel_scope_add(s, dmn__variable_name(n->xml), NULL, (uint32_t)(n - m->nodes)); /* it may call itself */
    }
    return s;
}

static enum error_code compile_node(struct dmn_model *m, struct dmn_node *n, struct error *err)
{
    struct dmn_builder b = { .model = m, .node = n, .where = n->label };
    b.tree = feel_tree_new(m->arena, dmn__node_scope(m->arena, m, n));
    feel_tree_origin(b.tree, n->label, n->xml->line);
    struct feel_node *root = NULL;
    if (n->kind == DMN_KNOWLEDGE) {
        const struct xml_node *logic = dmn__child(n->xml, "encapsulatedLogic");
        const struct feel_type *result = n->type != NULL && n->type->kind == FEEL_TYPE_FUNCTION ? n->type->result
                                                                                                : n->type;
        root = logic == NULL ? NULL : dmn__function(&b, logic, result);
    } else {
        const struct xml_node *x = dmn__expression(n->xml);
        root = x == NULL ? NULL : feel_tree_coerce(b.tree, dmn__boxed(&b, x), n->type);
    }
    dmn__take_problems(&b);
    if (root == NULL) {
        return OK;
    }
    enum error_code code = feel_tree_finish(b.tree, root, &n->program, err);
    n->root = root;
    if (code != OK) {
        error_at(err, n->instance->file, n->xml->line, n->xml->column);
    }
    return code;
}

/* The function values of knowledge models, which every evaluation shares: they depend on no input. */
static void make_functions(struct dmn_model *m)
{
    struct feel_environment env = { .zone = CAL_ZONE_NONE };
    m->functions = ARENA_ARRAY(m->arena, feel_value, m->node_count);
    for (uint32_t i = 0; i < m->node_count; i++) {
        if (m->nodes[i].kind == DMN_SERVICE) {
            m->functions[i] = m->nodes[i].function;
        }
    }
    struct feel_eval *ev = feel_eval_new(&env);
    for (uint32_t i = 0; i < m->node_count; i++) {
        struct dmn_node *n = &m->nodes[i];
        if (n->kind == DMN_KNOWLEDGE && n->program != NULL) {
            feel_value f = feel_run(ev, n->program, m->functions);
            m->functions[i] = n->function = feel_copy_function(m->arena, f, n->name);
        }
    }
    feel_eval_free(ev);
}

static enum error_code build(struct dmn_model *m, struct error *err)
{
    for (uint32_t i = 0; i < m->instance_count; i++) {
        dmn__collect_types(m, m->instances[m->instance_count - 1 - i]); /* imports first */
    }
    enum error_code code = add_nodes(m, err);
    for (uint32_t i = 0; code == OK && i < m->node_count; i++) {
        add_requirements(m, &m->nodes[i]);
    }
    for (uint32_t i = 0; code == OK && i < m->node_count; i++) {
        if (m->nodes[i].kind == DMN_SERVICE) {
            add_service_parameters(m, &m->nodes[i]);
        }
    }
    for (uint32_t i = 0; code == OK && i < m->node_count; i++) {
        if (m->nodes[i].kind == DMN_DECISION || m->nodes[i].kind == DMN_KNOWLEDGE) {
            code = compile_node(m, &m->nodes[i], err);
        }
    }
    if (code == OK) {
        order_decisions(m);
        make_functions(m);
    }
    return code;
}

static str digest_text(struct arena *a, EVP_MD_CTX *digest)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    EVP_DigestFinal_ex(digest, bytes, &count);
    char *text = arena_alloc(a, count * 2 + 1);
    str_hex(bytes, count, text);
    return (str){ text, count * 2 };
}

enum error_code dmn_load(struct arena *a, struct dmn_source source, dmn_find_import *find, void *context,
                         const struct dmn_model **ret, struct error *err)
{
    struct dmn_model *m = ARENA_NEW(a, struct dmn_model);
    m->arena = a;
    m->tables_end = &m->tables;
    m->problems_end = &m->problems;
    m->instances = ARENA_ARRAY(a, struct dmn_instance *, LIMIT_DMN_IMPORTS);
    struct loader l = { m, find, context, EVP_MD_CTX_new(), err };
    EVP_DigestInit_ex(l.digest, EVP_sha256(), NULL);
    struct dmn_instance *main_file;
    enum error_code code = load_file(&l, source, NULL, STR(""), &main_file);
    if (code == OK) {
        m->name = dmn__attr(main_file->definitions, "name");
        m->hash = digest_text(a, l.digest);
        code = build(m, err);
    }
    EVP_MD_CTX_free(l.digest);
    if (code == OK) {
        *ret = m;
    }
    return code;
}

/* ---- Names ---- */

const struct feel_shape *dmn__unique_shape(struct arena *a, str *names, uint32_t count)
{
    const struct feel_shape *shape = feel_shape_new(a, names, count);
    bool unique = true;
    for (uint32_t i = 0; i < count; i++) {
        if (feel_shape_find(shape, names[i]) != i) {
            names[i] = arena_printf(a, "%.*s #%u", STR_ARG(names[i]), i + 1);
            unique = false;
        }
    }
    return unique ? shape : feel_shape_new(a, names, count);
}

/* ---- Questions ---- */

str dmn_model_hash(const struct dmn_model *m)
{
    return m->hash;
}

str dmn_model_name(const struct dmn_model *m)
{
    return m->name;
}

uint32_t dmn_node_count(const struct dmn_model *m)
{
    return m->node_count;
}

struct dmn_node_info dmn_node(const struct dmn_model *m, uint32_t node)
{
    const struct dmn_node *n = &m->nodes[node];
    return (struct dmn_node_info){ n->kind, n->label, n->id, n->type, n->xml->line };
}

int64_t dmn_find(const struct dmn_model *m, enum dmn_kind kind, str name)
{
    for (uint32_t i = 0; i < m->node_count; i++) {
        const struct dmn_node *n = &m->nodes[i];
        if (n->kind == kind && (str_eq(n->label, name) || (n->instance->parent == NULL && str_eq(n->id, name)))) {
            return i;
        }
    }
    return -1;
}
