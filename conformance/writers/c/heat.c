/* The heat equation on a plate, recorded: du/dt = alpha (d2u/dx2 + d2u/dy2) on the unit square with cold edges.
 *
 *     cc -std=c99 -O2 -o heat heat.c -lm && ./heat [cells along an edge] [steps]
 *
 * An explicit scheme of first order in time and second in space, and an initial state whose exact decay is known, so
 * that the error can be recorded too. Where the journal cannot be written, the computation goes on all the same. */
#define SIMVUE_JOURNAL_IMPLEMENTATION
#include "simvue_journal.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>

#define MOST 256 /* cells along an edge */
#define PI 3.14159265358979323846

static double now[MOST + 1][MOST + 1], next[MOST + 1][MOST + 1];
static simvue_journal journal; /* 80 KiB: not on the stack */
static volatile sig_atomic_t is_asked_to_stop;

static void ask_to_stop(int number) {
    (void)number;
    is_asked_to_stop = 1;
}

static void check(const char *what, int status) {
    if (status != SIMVUE_JOURNAL_OK) fprintf(stderr, "%s: %s\n", what, simvue_journal_strerror(status));
}

/* One step in time; return how much the state changed. */
static double advance(int cells, double number) {
    double change = 0;
    int i, j;
    for (i = 1; i < cells; i++) {
        for (j = 1; j < cells; j++) {
            double flux = now[i - 1][j] + now[i + 1][j] + now[i][j - 1] + now[i][j + 1] - 4 * now[i][j];
            next[i][j] = now[i][j] + number * flux;
            change += number * flux * number * flux;
        }
    }
    memcpy(now, next, sizeof now);
    return sqrt(change) / cells;
}

static void record_step(int cells, int64_t step, double time, double alpha, double residual) {
    static const char *const names[] = {"residual", "heat/total", "heat/centre", "error"};
    double values[4], total = 0, worst = 0, decay = exp(-2 * PI * PI * alpha * time);
    int i, j;
    for (i = 1; i < cells; i++) {
        for (j = 1; j < cells; j++) {
            double exact = decay * sin(PI * i / cells) * sin(PI * j / cells);
            total += now[i][j] / cells / cells;
            if (fabs(now[i][j] - exact) > worst) worst = fabs(now[i][j] - exact);
        }
    }
    values[0] = residual;
    values[1] = total;
    values[2] = now[cells / 2][cells / 2];
    values[3] = worst;
    check("metrics", simvue_journal_metrics(&journal, 4, names, values, step, time));
}

static void record_start(int cells, int steps, double alpha, double dt) {
    static const char *const tags[] = {"heat", "explicit"};
    simvue_journal_value facts[4];
    simvue_journal_run_info run;
    simvue_journal_alert_info alert;
    simvue_journal_options options;
    simvue_journal_defaults(&options);
    options.program = "heat";
    check("open", simvue_journal_open(&journal, &options));

    facts[0] = simvue_journal_integer("cells", cells);
    facts[1] = simvue_journal_integer("steps", steps);
    facts[2] = simvue_journal_double("alpha", alpha);
    facts[3] = simvue_journal_double("dt", dt);
    memset(&run, 0, sizeof run);
    run.name = "heat on a plate";
    run.folder = "/heat";
    run.description = "explicit scheme, cold edges";
    run.tags = tags;
    run.tags_count = 2;
    run.metadata = facts;
    run.metadata_count = 4;
    run.timeout = 600;
    check("run", simvue_journal_run(&journal, &run));

    memset(&alert, 0, sizeof alert);
    alert.name = "diverged";
    alert.source = "metrics";
    alert.metric = "residual";
    alert.rule = "is above";
    alert.threshold = 10;
    check("alert", simvue_journal_alert(&journal, &alert));
}

static void record_end(int cells, const char *status) {
    simvue_journal_artifact_info artifact;
    FILE *file = fopen("field.dat", "w");
    int i, is_whole = file != NULL;
    for (i = 0; is_whole && i <= cells; i++)
        is_whole = fwrite(now[i], sizeof now[i][0], (size_t)cells + 1, file) == (size_t)cells + 1;
    if (file) is_whole = fclose(file) == 0 && is_whole;
    if (is_whole) {
        memset(&artifact, 0, sizeof artifact);
        artifact.name = "field.dat";
        artifact.category = "output";
        artifact.path = "field.dat";
        artifact.mimetype = "application/octet-stream";
        artifact.stored = 1; /* the next run writes a file of this name */
        check("artifact", simvue_journal_artifact(&journal, &artifact));
    }
    check("event", simvue_journal_event(&journal, "info", "the plate has cooled"));
    check("close", simvue_journal_close(&journal, status, NULL));
}

int main(int count, char **arguments) {
    int cells = count > 1 ? atoi(arguments[1]) : 64, steps = count > 2 ? atoi(arguments[2]) : 2000, step, i, j;
    double alpha = 0.1, dt;
    struct sigaction action;
    if (cells < 2 || cells > MOST || steps < 1) {
        fprintf(stderr, "usage: heat [cells, 2 to %d] [steps]\n", MOST);
        return 2;
    }
    dt = 0.2 / (alpha * cells * cells); /* stable up to 0.25 */
    memset(&action, 0, sizeof action);
    action.sa_handler = ask_to_stop;
    sigaction(SIGTERM, &action, NULL); /* what a scheduler sends before it kills */

    for (i = 0; i <= cells; i++)
        for (j = 0; j <= cells; j++) now[i][j] = i % cells && j % cells ? sin(PI * i / cells) * sin(PI * j / cells) : 0;
    record_start(cells, steps, alpha, dt);
    for (step = 1; step <= steps && !is_asked_to_stop; step++) {
        double residual = advance(cells, 0.2);
        if (step % 10 == 0 || step == steps) record_step(cells, step, step * dt, alpha, residual);
    }
    record_end(cells, is_asked_to_stop ? "terminated" : "completed");
    return 0;
}
