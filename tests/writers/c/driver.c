/* Does what standard input says, one call a line, and prints the status of each. Words are split at spaces; text is
 * `=` and hexadecimal digits, or `-` for NULL; a double is the 16 hexadecimal digits of its bits. `faults` names what
 * becomes of the next writes: a number of bytes that are taken, or `e` and an error number. Used by journals.py. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <sys/types.h>
static ssize_t faulty_write(int fd, const void *data, size_t size);
#define SIMVUE_JOURNAL_WRITE(fd, data, size) faulty_write((fd), (data), (size))
#define SIMVUE_JOURNAL_IMPLEMENTATION
#include "simvue_journal.h"

#include <locale.h>

#define MOST 4096

static int faults[256], faults_count, faults_used;

static ssize_t faulty_write(int fd, const void *data, size_t size) {
    int fault = faults_used < faults_count ? faults[faults_used++] : INT_MAX;
    if (fault < 0) {
        errno = -fault;
        return -1;
    }
    return write(fd, data, (size_t)fault < size ? (size_t)fault : size);
}

static char memory[1 << 22];
static size_t memory_used;

static const char *word(void) {
    const char *found = strtok(NULL, " \n");
    return found ? found : "-";
}

static const char *text(void) {
    const char *from = word();
    char *to = memory + memory_used, *start = to;
    if (*from != '=') return NULL;
    for (from++; from[0] && from[1]; from += 2) {
        char pair[3] = {from[0], from[1], 0};
        *to++ = (char)strtol(pair, NULL, 16);
    }
    *to++ = 0;
    memory_used += (size_t)(to - start);
    return start;
}

static double number(void) {
    uint64_t bits = strtoull(word(), NULL, 16);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int64_t integer(void) { return strtoll(word(), NULL, 10); }

static const char *texts[MOST];
static simvue_journal_value values[MOST];

static size_t read_texts(void) {
    size_t count = (size_t)integer(), place;
    for (place = 0; place < count; place++) texts[place] = text();
    return count;
}

static size_t read_values(void) {
    size_t count = (size_t)integer(), place;
    for (place = 0; place < count; place++) {
        const char *key = text(), type = *word();
        if (type == 's') values[place] = simvue_journal_string(key, text());
        else if (type == 'i') values[place] = simvue_journal_integer(key, integer());
        else if (type == 'd') values[place] = simvue_journal_double(key, number());
        else values[place] = simvue_journal_boolean(key, (int)integer());
    }
    return count;
}

static int read_metrics(simvue_journal *journal) {
    static double numbers[MOST];
    size_t count = (size_t)integer(), place;
    int64_t step;
    for (place = 0; place < count; place++) {
        texts[place] = text();
        numbers[place] = number();
    }
    step = integer();
    return simvue_journal_metrics(journal, count, texts, numbers, step, number());
}

static int call(simvue_journal *journal, const char *name) {
    static double numbers[60000];
    if (strcmp(name, "event") == 0) {
        const char *level = text();
        return simvue_journal_event(journal, level, text());
    }
    if (strcmp(name, "metrics") == 0) return read_metrics(journal);
    if (strcmp(name, "metadata") == 0) {
        size_t count = read_values();
        return simvue_journal_metadata(journal, count, values);
    }
    if (strcmp(name, "tags_add") == 0) {
        size_t count = read_texts();
        return simvue_journal_tags_add(journal, count, texts);
    }
    if (strcmp(name, "tags_set") == 0) {
        size_t count = read_texts();
        return simvue_journal_tags_set(journal, count, texts);
    }
    if (strcmp(name, "run") == 0) {
        simvue_journal_run_info info;
        memset(&info, 0, sizeof info);
        info.name = text();
        info.folder = text();
        info.description = text();
        info.status = text();
        info.notification = text();
        info.visibility = text();
        info.server_id = text();
        info.retention = integer();
        info.timeout = integer();
        info.tags_count = read_texts();
        info.tags = texts;
        info.metadata_count = read_values();
        info.metadata = values;
        return simvue_journal_run(journal, &info);
    }
    if (strcmp(name, "users") == 0) {
        simvue_journal_run_info info;
        memset(&info, 0, sizeof info);
        info.users_count = read_texts();
        info.users = texts;
        info.without_system = 1;
        return simvue_journal_run(journal, &info);
    }
    if (strcmp(name, "folder") == 0) {
        simvue_journal_folder_info info;
        memset(&info, 0, sizeof info);
        info.path = text();
        info.description = text();
        info.retention = integer();
        info.tags_count = read_texts();
        info.tags = texts;
        info.metadata_count = read_values();
        info.metadata = values;
        return simvue_journal_folder(journal, &info);
    }
    if (strcmp(name, "alert") == 0) {
        simvue_journal_alert_info info;
        memset(&info, 0, sizeof info);
        info.id = text();
        info.name = text();
        info.source = text();
        info.pattern = text();
        info.metric = text();
        info.rule = text();
        info.threshold = number();
        info.range_low = number();
        info.range_high = number();
        info.window = integer();
        info.frequency = integer();
        info.aggregation = text();
        info.notification = text();
        info.description = text();
        info.abort_run = (int)integer();
        info.disabled = (int)integer();
        return simvue_journal_alert(journal, &info);
    }
    if (strcmp(name, "alert_state") == 0) {
        const char *alert = text(), *id = text();
        return simvue_journal_alert_state(journal, alert, id, text());
    }
    if (strcmp(name, "artifact") == 0 || strcmp(name, "bytes") == 0) {
        simvue_journal_artifact_info info;
        memset(&info, 0, sizeof info);
        info.name = text();
        info.category = text();
        info.path = text();
        info.mimetype = text();
        info.stored = (int)integer();
        info.metadata_count = read_values();
        info.metadata = values;
        if (name[0] == 'a') return simvue_journal_artifact(journal, &info);
        return simvue_journal_artifact_bytes(journal, &info, info.path, strlen(info.path));
    }
    if (strcmp(name, "heartbeat") == 0) return simvue_journal_heartbeat(journal);
    if (strcmp(name, "status") == 0) {
        const char *status = text();
        return simvue_journal_status(journal, status, text());
    }
    if (strcmp(name, "grid") == 0) { /* name, labels and ticks of both axes, metrics; without ticks there is no axis */
        const char *grid = text(), *x = text(), *y;
        size_t count_x = (size_t)integer(), count_y, place, metrics;
        for (place = 0; place < count_x; place++) numbers[place] = number();
        y = text();
        count_y = (size_t)integer();
        for (place = 0; place < count_y; place++) numbers[count_x + place] = number();
        metrics = read_texts();
        return simvue_journal_grid(journal, grid, x, count_x, numbers, y, count_y, count_y ? numbers + count_x : NULL,
                                   metrics, texts);
    }
    if (strcmp(name, "tensor") == 0) { /* name, rows, columns, step, and as many of the values as are given */
        const char *metric = text();
        size_t rows = (size_t)integer(), columns = (size_t)integer(), place;
        int64_t step = integer();
        for (place = 0; place < (rows ? rows : 1) * columns && place < 60000; place++) numbers[place] = number();
        return simvue_journal_tensor(journal, metric, rows, columns, numbers, step, SIMVUE_JOURNAL_NO_TIME);
    }
    if (strcmp(name, "faults") == 0) {
        const char *fault;
        faults_count = faults_used = 0;
        for (fault = word(); *fault != '-' && faults_count < 256; fault = word())
            faults[faults_count++] = *fault == 'e' ? -atoi(fault + 1) : atoi(fault);
        return 0;
    }
    if (strcmp(name, "sync") == 0) return simvue_journal_sync(journal);
    if (strcmp(name, "rotate") == 0) return simvue_journal_rotate(journal);
    if (strcmp(name, "close") == 0) {
        const char *status = text();
        return simvue_journal_close(journal, status, text());
    }
    if (strcmp(name, "lost") == 0) return (int)simvue_journal_lost(journal);
    if (strcmp(name, "tight") == 0) { /* the limit of files of this process, from now on */
        struct rlimit limit;
        if (getrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
        limit.rlim_cur = (rlim_t)integer();
        if (limit.rlim_cur == 0) limit.rlim_cur = limit.rlim_max;
        return setrlimit(RLIMIT_FSIZE, &limit) != 0;
    }
    return 99;
}

/* Arguments: option=value, for rotate, rank, run, job, buffer, crc, program, locale. */
int main(int count, char **arguments) {
    static simvue_journal journal;
    static char line[1 << 22];
    simvue_journal_options options;
    int place, status;
    simvue_journal_defaults(&options);
    for (place = 1; place < count; place++) {
        char *value = strchr(arguments[place], '=');
        if (!value) return 98;
        *value++ = 0;
        if (strcmp(arguments[place], "rotate") == 0) options.rotate_bytes = strtoll(value, NULL, 10);
        if (strcmp(arguments[place], "rank") == 0) options.rank = atoi(value);
        if (strcmp(arguments[place], "run") == 0) options.run_key = value;
        if (strcmp(arguments[place], "job") == 0) options.run_from_job = atoi(value);
        if (strcmp(arguments[place], "crc") == 0) options.without_crc = !atoi(value);
        if (strcmp(arguments[place], "program") == 0) options.program = value;
        if (strcmp(arguments[place], "buffer") == 0) {
            options.buffer_size = strtoull(value, NULL, 10);
            options.buffer = malloc(options.buffer_size);
        }
        if (strcmp(arguments[place], "locale") == 0 && setlocale(LC_ALL, value) == NULL) return 97;
        if (strcmp(arguments[place], "faults") == 0) faults[faults_count++] = atoi(value);
    }
    status = simvue_journal_open(&journal, &options);
    printf("%d %s %s\n", status, simvue_journal_run_key(&journal), simvue_journal_path(&journal));
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        char *name = strtok(line, " \n");
        memory_used = 0;
        if (name) printf("%d\n", call(&journal, name));
        fflush(stdout);
    }
    free(options.buffer);
    return 0;
}
