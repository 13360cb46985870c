/* batch: several things that are on their way at the same time, and waiting for all of them. */
#include "work/work_int.h"

void work__batch_begin(struct work__batch *b)
{
    b->open = 0;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->done, NULL);
}

void work__batch_add(struct work__batch *b)
{
    pthread_mutex_lock(&b->lock);
    b->open++;
    pthread_mutex_unlock(&b->lock);
}

void work__batch_done(struct work__batch *b)
{
    pthread_mutex_lock(&b->lock);
    b->open--;
    pthread_cond_signal(&b->done);
    pthread_mutex_unlock(&b->lock);
}

void work__batch_end(struct work__batch *b)
{
    pthread_mutex_lock(&b->lock);
    while (b->open > 0) {
        pthread_cond_wait(&b->done, &b->lock);
    }
    pthread_mutex_unlock(&b->lock);
    pthread_cond_destroy(&b->done);
    pthread_mutex_destroy(&b->lock);
}
