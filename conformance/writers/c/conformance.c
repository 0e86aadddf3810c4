/* What the conformance suite asks of a writer, done with simvue_journal.h: conformance SCENARIO DIRECTORY.
 *
 *     cc -std=c99 -O2 -DSIMVUE_JOURNAL_THREADS -o conformance conformance.c -pthread
 *
 * What each scenario is, is in conformance/WRITER-CLI.md. Exit code 77 says that there is no such scenario here. */
#define SIMVUE_JOURNAL_IMPLEMENTATION
#include "simvue_journal.h"

#include <locale.h>
#include <math.h>
#include <sys/wait.h>

#define NO_TIME SIMVUE_JOURNAL_NO_TIME
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *scenario, *directory;
static simvue_journal journal;

/* -- beginning and ending ------------------------------------------------------------------------------------------ */

static void open_journal(const char *run) {
    static char key[80];
    simvue_journal_options options;
    snprintf(key, sizeof key, "conformance-%s", run);
    simvue_journal_defaults(&options);
    options.cache = directory;
    options.run_key = key;
    simvue_journal_open(&journal, &options);
}

static void begin(const char *name) {
    simvue_journal_run_info info;
    open_journal(name);
    memset(&info, 0, sizeof info);
    info.name = name;
    info.folder = "/conformance";
    simvue_journal_run(&journal, &info);
}

static void end(void) { simvue_journal_close(&journal, "completed", NULL); }

static void record(const char *name, double value, int64_t step, double time) {
    simvue_journal_metric(&journal, name, value, step, time);
}

static void record_steps(int64_t first, int64_t last) {
    for (; first <= last; first++) record("x", (double)first, first, NO_TIME);
}

/* -- files of the suite -------------------------------------------------------------------------------------------- */

static const char *path_of(const char *name) {
    static char path[SIMVUE_JOURNAL_PATH + 64];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static FILE *open_file(const char *name, const char *mode) {
    FILE *file = fopen(path_of(name), mode);
    if (file) return file;
    perror(path_of(name));
    exit(1);
}

static int exists(const char *name) { return access(path_of(name), F_OK) == 0; }

/* -- scenarios ----------------------------------------------------------------------------------------------------- */

static void minimal(void) {
    int step;
    begin(scenario);
    for (step = 0; step < 3; step++) record("loss", 1.0 / (step + 3), step, NO_TIME);
    end();
}

static void record_alerts(void) {
    simvue_journal_alert_info hot, words, mine;
    memset(&hot, 0, sizeof hot);
    hot.name = "hot";
    hot.source = "metrics";
    hot.metric = "a";
    hot.rule = "is above";
    hot.threshold = 10.0;
    simvue_journal_alert(&journal, &hot);

    memset(&words, 0, sizeof words);
    words.name = "words";
    words.source = "events";
    words.pattern = "panic";
    simvue_journal_alert(&journal, &words);

    memset(&mine, 0, sizeof mine);
    mine.name = "mine";
    mine.source = "user";
    simvue_journal_alert(&journal, &mine);
    simvue_journal_alert_state(&journal, "mine", NULL, "critical");
}

static void record_artifacts(void) {
    simvue_journal_artifact_info artifact;
    memset(&artifact, 0, sizeof artifact);
    artifact.path = path_of("input.txt");
    artifact.name = "input.txt";
    artifact.category = "input";
    simvue_journal_artifact(&journal, &artifact);

    artifact.name = "kept.txt";
    artifact.category = "output";
    artifact.stored = 1;
    simvue_journal_artifact(&journal, &artifact);
}

static void full(void) {
    static const char *const names[] = {"a", "b"}, *const tags[] = {"red", "green"}, *const more[] = {"blue"};
    static const double values[] = {1.5, -2.0};
    simvue_journal_value facts[4], cells = simvue_journal_integer("cells", 16384);
    simvue_journal_run_info run;
    simvue_journal_folder_info folder;

    facts[0] = simvue_journal_integer("nx", 128);
    facts[1] = simvue_journal_double("alpha", 0.1);
    facts[2] = simvue_journal_string("scheme", "implicit");
    facts[3] = simvue_journal_boolean("periodic", 1);
    memset(&run, 0, sizeof run);
    run.name = "full";
    run.folder = "/conformance";
    run.description = "every kind";
    run.tags = tags;
    run.tags_count = COUNT(tags);
    run.metadata = facts;
    run.metadata_count = COUNT(facts);
    run.timeout = 180;
    open_journal("full");
    simvue_journal_run(&journal, &run);

    simvue_journal_metrics(&journal, COUNT(names), names, values, 0, 0.5);
    simvue_journal_event(&journal, "warning", "half way");
    simvue_journal_metadata(&journal, 1, &cells);
    simvue_journal_tags_add(&journal, COUNT(more), more);
    memset(&folder, 0, sizeof folder);
    folder.path = "/conformance";
    folder.description = "of the suite";
    simvue_journal_folder(&journal, &folder);
    record_alerts();
    record_artifacts();
    simvue_journal_heartbeat(&journal);
    simvue_journal_status(&journal, "running", NULL);
    end();
}

/* A text of C has no NUL in it: one in the file becomes a byte that is no text either. */
static const char *read_text(int number) {
    static char text[1 << 21];
    char name[16];
    size_t count, place;
    FILE *file;
    snprintf(name, sizeof name, "text/%02d", number);
    file = open_file(name, "rb");
    count = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    for (place = 0; place < count; place++)
        if (text[place] == 0) text[place] = (char)0xff;
    text[count] = 0;
    return text;
}

static void text(void) {
    simvue_journal_value value;
    int number;
    begin(scenario);
    for (number = 0; number < 20; number++) {
        int status = simvue_journal_event(&journal, NULL, read_text(number));
        if (status != SIMVUE_JOURNAL_OK) fprintf(stderr, "text %02d: %s\n", number, simvue_journal_strerror(status));
    }
    value = simvue_journal_string("text", read_text(1));
    simvue_journal_metadata(&journal, 1, &value);
    end();
}

static void numbers(void) {
    FILE *file = open_file("numbers.txt", "r");
    double value;
    int64_t step;
    begin(scenario);
    for (step = 0; fscanf(file, "%lf", &value) == 1; step++) {
        setlocale(LC_ALL, ""); /* as a program does that speaks the user's language; reading needs the point again */
        record("x", value, step, NO_TIME);
        setlocale(LC_ALL, "C");
    }
    fclose(file);
    record("y", 1.0, 9007199254740991, -1.5);
    end();
}

static void non_finite(void) {
    const double infinity = HUGE_VAL;
    begin(scenario);
    record("x", infinity - infinity, 0, NO_TIME);
    record("x", infinity, 1, NO_TIME);
    record("x", -infinity, 2, NO_TIME);
    record("x", 0.5, 3, NO_TIME);
    end();
}

static void many(void) {
    int step;
    begin(scenario);
    for (step = 0; step < 10000; step++) record("x", step / 8.0, step, NO_TIME);
    end();
}

static void rotation(void) {
    begin(scenario);
    record_steps(0, 9);
    simvue_journal_rotate(&journal);
    record_steps(10, 19);
    simvue_journal_rotate(&journal);
    record_steps(20, 29);
    end();
}

static void restart_1(void) {
    begin("restart");
    record_steps(0, 4);
    _exit(1);
}

static void restart_2(void) {
    begin("restart");
    record_steps(5, 9);
    end();
}

static void ranks(int rank) {
    const char *name = rank == 0 ? "rank0" : "rank1";
    int step;
    if (rank == 0) begin("ranks");
    else open_journal("ranks");
    for (step = 0; step < 100; step++) record(name, step, step, step / 4.0);
    simvue_journal_close(&journal, rank == 0 ? "completed" : NULL, NULL);
}

static void rank_0(void) { ranks(0); }
static void rank_1(void) { ranks(1); }

static void full_disk(void) {
    const struct timespec pause = {0, 20000000};
    int64_t step = 0;
    begin(scenario);
    for (; !exists("full"); step++) record_steps(step, step);
    simvue_journal_status(&journal, "running", NULL);
    record_steps(step, step + 19);
    fclose(open_file("waiting", "w"));
    while (!exists("room")) nanosleep(&pause, NULL);
    record_steps(step + 20, step + 119);
    end();
}

static void killed(void) {
    int64_t step;
    begin(scenario);
    for (step = 0; step < 2000; step++) {
        record_steps(step, step);
        printf("%lld\n", (long long)step);
        fflush(stdout);
    }
    for (;;) pause();
}

static void crowd(void) {
    int step;
    begin(scenario);
    for (step = 0; step < 200; step++) record("x", step, step, step / 4.0);
    end();
}

static void *record_events(void *number) {
    char message[64];
    int event;
    for (event = 0; event < 250; event++) {
        snprintf(message, sizeof message, "thread %d event %d", *(int *)number, event);
        simvue_journal_event(&journal, NULL, message);
    }
    return NULL;
}

static void threads(void) {
    pthread_t workers[4];
    int numbers[] = {0, 1, 2, 3}, worker;
    begin(scenario);
    for (worker = 0; worker < 4; worker++) pthread_create(&workers[worker], NULL, record_events, &numbers[worker]);
    for (worker = 0; worker < 4; worker++) pthread_join(workers[worker], NULL);
    end();
}

static void fork_in_two(void) {
    pid_t child;
    begin(scenario);
    record_steps(0, 1);
    child = fork();
    if (child == 0) { /* a journal of its own for the same run, which the parent describes and ends */
        open_journal(scenario);
        record_steps(2, 3);
        simvue_journal_close(&journal, NULL, NULL);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    record_steps(4, 4);
    end();
}

static const struct {
    const char *name;
    void (*play)(void);
} scenarios[] = {
    {"minimal", minimal},     {"full", full},           {"text", text},           {"numbers", numbers},
    {"non-finite", non_finite}, {"many", many},         {"rotation", rotation},   {"restart-1", restart_1},
    {"restart-2", restart_2}, {"rank-0", rank_0},       {"rank-1", rank_1},       {"full-disk", full_disk},
    {"killed", killed},       {"crowd", crowd},         {"threads", threads},     {"fork", fork_in_two},
};

int main(int count, char **arguments) {
    size_t place;
    if (count != 3) {
        fprintf(stderr, "usage: conformance SCENARIO DIRECTORY\n");
        return 2;
    }
    scenario = arguments[1];
    directory = arguments[2];
    for (place = 0; place < COUNT(scenarios); place++) {
        if (strcmp(scenario, scenarios[place].name) != 0) continue;
        scenarios[place].play();
        return 0;
    }
    return 77;
}
