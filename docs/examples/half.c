/* One half of the plate of heat.py: one rank of a run whose other rank may be written in another language.
 *
 *     cc -std=c99 -O2 -I conformance/writers/c -o half docs/examples/half.c
 *     ./half RANK SIZE STEPS RUN_KEY <from_the_other_rank >to_the_other_rank
 *
 * In every step each rank sends its boundary row, a line of numbers, and receives the other's. half.f90 does the same, so
 * any two of them can share a plate. The numbers are those of heat.py. Tests: tests/demo/test_halves.py. */
#define SIMVUE_JOURNAL_IMPLEMENTATION
#include "simvue_journal.h"

#include <math.h>
#include <stdio.h>

#define MOST 512 /* cells on a side */
#define HOT 100.0
#define COURANT 0.24

static double now[MOST / 2 + 2][MOST], next[MOST / 2 + 2][MOST]; /* with a row above and one below */
static simvue_journal journal;

/* Fill a row with the temperatures of the start: only the left edge is hot. */
static void start_row(double *row, int size) {
    int column;
    row[0] = HOT;
    for (column = 1; column < size; column++) row[column] = 0;
}

/* Send a row to the other rank and receive its row; return whether there was one. */
static int exchange(const double *mine, double *others, int size) {
    int column;
    for (column = 0; column < size; column++) printf("%.17g ", mine[column]);
    printf("\n");
    fflush(stdout);
    for (column = 0; column < size; column++)
        if (scanf("%lf", &others[column]) != 1) return 0;
    return 1;
}

static void advance(int rows, int size) {
    int row, column;
    for (row = 1; row <= rows; row++)
        for (column = 1; column < size - 1; column++)
            next[row][column] =
                now[row][column] + COURANT * (now[row - 1][column] + now[row + 1][column] + now[row][column - 1] +
                                              now[row][column + 1] - 4.0 * now[row][column]);
    for (row = 1; row <= rows; row++) memcpy(&now[row][1], &next[row][1], sizeof(double) * (size_t)(size - 2));
}

/* The first rank speaks for the whole plate, too. */
static void record_step(int rank, int rows, int size, int step) {
    static const char *const names[2][3] = {{"upper.mean", "upper.hottest", "centre"}, {"lower.mean", "lower.hottest"}};
    double values[3], sum = 0, hottest = 0;
    int row, column;
    for (row = 1; row <= rows; row++) {
        for (column = 0; column < size; column++) {
            sum += now[row][column];
            if (column > 0 && now[row][column] > hottest) hottest = now[row][column];
        }
    }
    values[0] = sum / ((double)rows * size);
    values[1] = hottest;
    values[2] = now[rows][size / 2];
    simvue_journal_metrics(&journal, rank == 0 ? 3 : 2, names[rank], values, step, SIMVUE_JOURNAL_NO_TIME);
}

static void record_start(int rank, int size, const char *run_key) {
    static const char *const tags[] = {"heat", "two languages"};
    simvue_journal_value facts[2];
    simvue_journal_run_info run;
    simvue_journal_options options;
    simvue_journal_defaults(&options);
    options.program = "half";
    options.run_key = run_key;
    options.rank = rank;
    simvue_journal_open(&journal, &options);
    if (rank == 0) { /* describes the run, and ends it */
        facts[0] = simvue_journal_integer("size", size);
        facts[1] = simvue_journal_double("courant", COURANT);
        memset(&run, 0, sizeof run);
        run.name = "heat in a plate";
        run.folder = "/examples";
        run.tags = tags;
        run.tags_count = 2;
        run.metadata = facts;
        run.metadata_count = 2;
        simvue_journal_run(&journal, &run);
    }
    simvue_journal_event(&journal, "info", rank == 0 ? "rank 0 is written in C" : "rank 1 is written in C");
}

int main(int count, char **arguments) {
    int rank, size, steps, step, row, rows, is_met = 1;
    rank = count == 5 ? atoi(arguments[1]) : -1;
    size = count == 5 ? atoi(arguments[2]) : 0;
    steps = count == 5 ? atoi(arguments[3]) : 0;
    if (rank < 0 || rank > 1 || size < 4 || size > MOST || size % 2 || steps < 1) {
        fprintf(stderr, "usage: half RANK SIZE STEPS RUN_KEY: 0 or 1, an even number up to %d, 1 or more, a name\n", MOST);
        return 2;
    }
    rows = size / 2;
    for (row = 0; row <= rows + 1; row++) start_row(now[row], size);
    record_start(rank, size, arguments[4]);
    for (step = 0; step < steps && is_met; step++) {
        is_met = rank == 0 ? exchange(now[rows], now[rows + 1], size) : exchange(now[1], now[0], size);
        if (!is_met) break;
        advance(rows, size);
        record_step(rank, rows, size, step);
    }
    if (!is_met) simvue_journal_event(&journal, "error", "the other rank has gone");
    simvue_journal_close(&journal, rank != 0 ? NULL : is_met ? "completed" : "failed", NULL);
    return !is_met;
}
