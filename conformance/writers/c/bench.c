/* What a metrics record costs against the least there is: snprintf of the same text, and write(2).
 *
 *     cc -O2 -o bench bench.c && ./bench <cache> <rounds> <records a round>
 *
 * Both are measured in turns; prints the median seconds a record of each. */
#define SIMVUE_JOURNAL_IMPLEMENTATION
#include "simvue_journal.h"

#include <stdio.h>

static simvue_journal journal;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b) {
    double one, other;
    memcpy(&one, a, sizeof one);
    memcpy(&other, b, sizeof other);
    return (one > other) - (one < other);
}

static double ours(int count) {
    static const char *const names[] = {"residual", "energy", "cfl"};
    double begun = seconds();
    int number;
    for (number = 0; number < count; number++) {
        double values[3];
        values[0] = 1.0 / (number + 1);
        values[1] = number * 0.37;
        values[2] = number * 1e-5;
        simvue_journal_metrics(&journal, 3, names, values, number, number * 0.5);
    }
    return (seconds() - begun) / count;
}

static double theirs(int fd, int count) {
    double begun = seconds();
    int number;
    for (number = 0; number < count; number++) {
        char line[512];
        int size = snprintf(line, sizeof line,
                            "{\"kind\":\"metrics\",\"seq\":%d,\"at\":\"2026-03-01T09:00:00.000000Z\",\"values\":"
                            "{\"residual\":%.17g,\"energy\":%.17g,\"cfl\":%.17g},\"step\":%d,\"time\":%.17g,"
                            "\"crc\":\"%08x\"}\n",
                            number, 1.0 / (number + 1), number * 0.37, number * 1e-5, number, number * 0.5,
                            (unsigned)number);
        if (write(fd, line, (size_t)size) != size) exit(1);
    }
    return (seconds() - begun) / count;
}

int main(int arguments_count, char **arguments) {
    static double mine[1024], floor[1024];
    simvue_journal_options options;
    char plain[2048];
    int rounds, count, round, fd;
    if (arguments_count != 4) return 2;
    rounds = atoi(arguments[2]);
    count = atoi(arguments[3]);
    if (rounds < 1 || rounds > 1024 || count < 1 || strlen(arguments[1]) > 1000) return 2;
    simvue_journal_defaults(&options);
    options.cache = arguments[1];
    options.rotate_bytes = INT64_MAX;
    if (simvue_journal_open(&journal, &options) != SIMVUE_JOURNAL_OK) return 1;
    svj_join(plain, arguments[1], "/plain.jsonl");
    fd = open(plain, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    if (fd < 0) return 1;
    ours(count); /* the first round does not count */
    theirs(fd, count);
    for (round = 0; round < rounds; round++) {
        mine[round] = ours(count);
        floor[round] = theirs(fd, count);
    }
    qsort(mine, (size_t)rounds, sizeof *mine, compare);
    qsort(floor, (size_t)rounds, sizeof *floor, compare);
    printf("%.9f %.9f\n", mine[rounds / 2], floor[rounds / 2]);
    return simvue_journal_close(&journal, NULL, NULL) == SIMVUE_JOURNAL_OK ? 0 : 1;
}
