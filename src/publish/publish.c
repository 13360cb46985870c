/* publish: opening. */
#include "publish/publish_int.h"

#include "work/assess.h"

void publish_open(struct arena *a, const struct publish_config *config, struct publish **ret)
{
    struct publish *p = ARENA_NEW(a, struct publish);
    p->config = *config;
    work_register(config->work, "gongshi.record", publish__record, p);
    work_register(config->work, "gongshi.notice", publish__notice, p);
    work_register(config->work, "gongshi.document", publish__document, p);
    work_register(config->work, "gongshi.rate", publish__rate, p);
    work_assess_register(config->work, "notice", publish__notice, p);
    work_assess_register(config->work, "document", publish__document, p);
    work_on_paper(config->work, publish__on_paper, publish__who_publishes, p);
    if (config->background) {
        work_carry(config->work, "expire", publish__expire, p);
    }
    if (config->paper != NULL) {
        work_carry(config->work, "paper", publish__make_paper, p);
    }
    if (config->sealer != NULL) {
        work_carry(config->work, "seal", publish__seal_by_hook, p);
    }
    *ret = p;
}
