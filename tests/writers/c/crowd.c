/* Many at once: `crowd threads <count> <records>` lets threads record in one handle; `crowd fork <records>` records in
 * a child what the parent's handle refuses, and in a journal of the child's own. Used by test_crowds.py. */
#define SIMVUE_JOURNAL_THREADS
#define SIMVUE_JOURNAL_IMPLEMENTATION
#include "simvue_journal.h"

#include <sys/wait.h>

static simvue_journal journal, of_child;
static int records;

static void *work(void *number) {
    char name[32];
    int64_t step;
    snprintf(name, sizeof name, "thread%d", *(int *)number);
    for (step = 0; step < records; step++)
        if (simvue_journal_metric(&journal, name, (double)step / 3, step, 0.5) != SIMVUE_JOURNAL_OK) abort();
    return NULL;
}

static int threads(int count) {
    static pthread_t all[64];
    static int numbers[64];
    int place;
    for (place = 0; place < count; place++) {
        numbers[place] = place;
        if (pthread_create(&all[place], NULL, work, &numbers[place]) != 0) return 1;
    }
    for (place = 0; place < count; place++) pthread_join(all[place], NULL);
    return simvue_journal_close(&journal, "completed", NULL);
}

static int child(void) {
    simvue_journal_options options;
    if (simvue_journal_event(&journal, NULL, "of the child") != SIMVUE_JOURNAL_EFORK) return 1;
    if (simvue_journal_close(&journal, "failed", NULL) != SIMVUE_JOURNAL_EFORK) return 2;
    simvue_journal_defaults(&options);
    options.run_key = simvue_journal_run_key(&journal);
    options.rank = 1;
    if (simvue_journal_open(&of_child, &options) != SIMVUE_JOURNAL_OK) return 3;
    if (simvue_journal_event(&of_child, NULL, "of the child") != SIMVUE_JOURNAL_OK) return 4;
    return simvue_journal_close(&of_child, NULL, NULL) == SIMVUE_JOURNAL_OK ? 0 : 5;
}

static int forked(void) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) _exit(child());
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) return 10 + WEXITSTATUS(status);
    if (simvue_journal_event(&journal, NULL, "of the parent") != SIMVUE_JOURNAL_OK) return 6;
    return simvue_journal_close(&journal, "completed", NULL);
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    records = atoi(arguments[count - 1]);
    if (simvue_journal_open(&journal, NULL) != SIMVUE_JOURNAL_OK) return 3;
    if (simvue_journal_run(&journal, NULL) != SIMVUE_JOURNAL_OK) return 4;
    return strcmp(arguments[1], "fork") == 0 ? forked() : threads(atoi(arguments[2]));
}
