/* simvue_journal.h: record a simulation in a Simvue journal, format 1.0.
 *
 * One file, C99 or C++, POSIX libc, no allocation. In one file of the program:
 *
 *     #define SIMVUE_JOURNAL_IMPLEMENTATION
 *     #include "simvue_journal.h"
 *
 * and in the others the include alone. That one file includes this header before any other, or is compiled with
 * -D_XOPEN_SOURCE=700. Macros for that file: SIMVUE_JOURNAL_THREADS, if several threads record in one handle (needs
 * pthreads); SIMVUE_JOURNAL_WRITE(fd, data, size), to put something in the place of write(2).
 *
 * Every function returns SIMVUE_JOURNAL_OK or a negative status, and none ends the program or waits for the network.
 * Text is UTF-8; bytes that are not become U+FFFD. How to use it is in README.md. */
#ifndef SIMVUE_JOURNAL_H
#define SIMVUE_JOURNAL_H

#if defined(SIMVUE_JOURNAL_IMPLEMENTATION) && defined(__STRICT_ANSI__) && !defined(_XOPEN_SOURCE)
#define _XOPEN_SOURCE 700
#endif

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SIMVUE_JOURNAL_VERSION "1.0.0"

enum {
    SIMVUE_JOURNAL_OK = 0,
    SIMVUE_JOURNAL_EARGUMENT = -1, /* not recorded: an argument that the format does not allow */
    SIMVUE_JOURNAL_ETOOLONG = -2,  /* not recorded: longer than the buffer or 1 MiB */
    SIMVUE_JOURNAL_EDISK = -3,     /* kept in memory: the journal cannot be written for now */
    SIMVUE_JOURNAL_ELOST = -4,     /* the memory is full too: records were dropped, and are counted */
    SIMVUE_JOURNAL_ECLOSED = -5,   /* not recorded: the handle is not open */
    SIMVUE_JOURNAL_EFORK = -6,     /* not recorded: a forked child opens a journal of its own */
    SIMVUE_JOURNAL_EFILE = -7,     /* not recorded: the artifact's file cannot be read or put aside */
    SIMVUE_JOURNAL_ENOJOB = -8,    /* not open: run_from_job, but the process belongs to no job */
    SIMVUE_JOURNAL_EPLACE = -9     /* not open: no cache directory is named, or its path is too long */
};

#ifndef SIMVUE_JOURNAL_BUFFER /* bytes in each handle for records that wait; the same in all files of a program */
#define SIMVUE_JOURNAL_BUFFER 65536
#endif
#define SIMVUE_JOURNAL_PATH 1024 /* the longest path of a cache */

#define SIMVUE_JOURNAL_NO_RANK (-1)
#define SIMVUE_JOURNAL_RANK_FROM_JOB (-2)
#define SIMVUE_JOURNAL_NEVER (-1)        /* for retention, timeout, rotate_seconds and sync_seconds */
#define SIMVUE_JOURNAL_NO_STEP (-1)      /* the number of metrics recorded so far */
#define SIMVUE_JOURNAL_NO_TIME (-1e300)  /* the seconds since the handle was opened */

/* How to open; simvue_journal_defaults fills it, and NULL or 0 is the default of each member but rank. */
typedef struct simvue_journal_options {
    const char *cache;   /* $SIMVUE_OFFLINE_DIRECTORY, else ~/.simvue; created with the permissions 0700 */
    const char *run_key; /* joins journals into one run: 1 to 64 of A-Za-z0-9._- ; default: a run of its own */
    int run_from_job;    /* not 0: the run key is made of the job of Slurm, PBS, LSF or Open MPI */
    int rank;            /* of this process, from 0; or SIMVUE_JOURNAL_NO_RANK, SIMVUE_JOURNAL_RANK_FROM_JOB */
    const char *program; /* a word about the program, for people */
    int without_crc;     /* not 0: records bear no checksum */
    int64_t rotate_bytes;   /* a new journal after so many bytes; 64 MiB */
    int64_t rotate_seconds; /* and after so many seconds; a day */
    int64_t sync_seconds;   /* from one fsync to the next; 15 */
    int quiet;           /* not 0: no line on standard error when the journal cannot be written */
    void *buffer;        /* memory for records that wait, in place of that in the handle; it outlives the handle */
    size_t buffer_size;  /* of it; 4096 at least, 16 MiB are used at most */
} simvue_journal_options;

/* A key and its value, for metadata; made by the four functions below. */
typedef struct simvue_journal_value {
    const char *key;
    int type; /* 's', 'i', 'd' or 'b' */
    const char *string;
    int64_t integer; /* also the boolean */
    double number;
} simvue_journal_value;

static inline simvue_journal_value simvue_journal_string(const char *key, const char *value) {
    simvue_journal_value made = {key, 's', value, 0, 0.0};
    return made;
}
static inline simvue_journal_value simvue_journal_integer(const char *key, int64_t value) {
    simvue_journal_value made = {key, 'i', NULL, value, 0.0};
    return made;
}
static inline simvue_journal_value simvue_journal_double(const char *key, double value) {
    simvue_journal_value made = {key, 'd', NULL, 0, value};
    return made;
}
static inline simvue_journal_value simvue_journal_boolean(const char *key, int value) {
    simvue_journal_value made = {key, 'b', NULL, value != 0, 0.0};
    return made;
}

/* What a run record says; what is NULL or 0 is left out. */
typedef struct simvue_journal_run_info {
    const char *name;         /* default: the run key */
    const char *folder;       /* begins with a slash; default: / */
    const char *description;
    const char *status;       /* created, running, completed, failed, terminated; default: running */
    const char *notification; /* none, all, error, lost */
    const char *visibility;   /* public, tenant; or users below */
    const char *server_id;    /* of a run that the server has: the records belong to it */
    const char *const *users;
    size_t users_count;
    const char *const *tags;
    size_t tags_count;
    const simvue_journal_value *metadata;
    size_t metadata_count;
    int64_t retention; /* seconds until the server deletes the run, or SIMVUE_JOURNAL_NEVER */
    int64_t timeout;   /* seconds without a heartbeat until it is called lost, or SIMVUE_JOURNAL_NEVER */
    int without_system;  /* not 0: no facts about the machine */
} simvue_journal_run_info;

typedef struct simvue_journal_folder_info {
    const char *path; /* begins with a slash */
    const char *description;
    const char *const *tags;
    size_t tags_count;
    const simvue_journal_value *metadata;
    size_t metadata_count;
    int64_t retention;
} simvue_journal_folder_info;

/* An alert: id alone, or name and source with what the source needs. */
typedef struct simvue_journal_alert_info {
    const char *id;      /* of an alert that the server has */
    const char *name;
    const char *source;  /* events, metrics, user */
    const char *pattern; /* events: text that a message contains */
    const char *metric;  /* metrics: its name */
    const char *rule;    /* metrics: is above, is below, is inside range, is outside range */
    double threshold;    /* of the first two rules */
    double range_low, range_high; /* of the last two */
    int64_t window, frequency;    /* 0: left out, the sender takes 1 */
    const char *aggregation;      /* average, sum, at least one, all */
    const char *notification;     /* none, email */
    const char *description;
    int abort_run; /* not 0: the server asks for the run's abort when the alert is critical */
    int disabled;
} simvue_journal_alert_info;

typedef struct simvue_journal_artifact_info {
    const char *name;     /* default: the path as it is given */
    const char *category; /* input, output, code */
    const char *path;     /* the file; must stay as it is until it is delivered, unless stored */
    const char *mimetype; /* default: left out */
    const simvue_journal_value *metadata;
    size_t metadata_count;
    int stored; /* not 0: the content is copied into the cache first, for files that go with the job */
} simvue_journal_artifact_info;

/* The journal of one process: about SIMVUE_JOURNAL_BUFFER + 18 KiB, so better static than on the stack. Its members
 * are the implementation's. A handle stays where it was opened: it is not copied. */
typedef struct simvue_journal {
    union {
        void *pointer;
        int64_t number;
        unsigned char room[64];
    } lock;
    uint32_t mark;
    int fd, rank, with_crc, is_open, is_torn, is_quiet, has_warned, is_run_here, is_run_ever, ending;
    int64_t pid;
    int64_t sequence, bytes; /* of the journal */
    int64_t rotate_bytes, rotate_after, sync_after;
    int64_t born, synced, retry; /* nanoseconds of the monotonic clock */
    int64_t started, last, second; /* of the clock on the wall: microseconds, microseconds, seconds */
    int64_t steps, lost, lost_ever;
    int64_t continues_bytes, continues_sequence;
    uint32_t crc[8][256];
    unsigned char *buffer;
    size_t size, first, used;
    size_t control_start, control_length;
    int control_kind, ended_by_rotation, rotation_wanted;
    char second_text[24], identity[40], continues[40], run_key[68], program[256];
    char cache[SIMVUE_JOURNAL_PATH], path[SIMVUE_JOURNAL_PATH + 128];
    const char *end_status, *end_reason; /* while it is closed */
    unsigned char control[6144];
    unsigned char own[SIMVUE_JOURNAL_BUFFER];
} simvue_journal;

void simvue_journal_defaults(simvue_journal_options *options);

/* Create the journal. SIMVUE_JOURNAL_EDISK leaves the handle open: records wait in memory, and every later call tries
 * again. After the other errors the handle is closed. `options` may be NULL and is not needed any longer. */
int simvue_journal_open(simvue_journal *journal, const simvue_journal_options *options);

/* Create the run, or update it; `info` may be NULL. One process of the run does this. */
int simvue_journal_run(simvue_journal *journal, const simvue_journal_run_info *info);

/* Values at one step. Step and time may be SIMVUE_JOURNAL_NO_STEP and SIMVUE_JOURNAL_NO_TIME. */
int simvue_journal_metrics(simvue_journal *journal, size_t count, const char *const *names, const double *values,
                           int64_t step, double time);
int simvue_journal_metric(simvue_journal *journal, const char *name, double value, int64_t step, double time);

/* A message; `level` is debug, info, warning, error, critical, or NULL. */
int simvue_journal_event(simvue_journal *journal, const char *level, const char *message);

int simvue_journal_metadata(simvue_journal *journal, size_t count, const simvue_journal_value *values);
int simvue_journal_tags_add(simvue_journal *journal, size_t count, const char *const *tags);
int simvue_journal_tags_set(simvue_journal *journal, size_t count, const char *const *tags);
int simvue_journal_folder(simvue_journal *journal, const simvue_journal_folder_info *info);
int simvue_journal_alert(simvue_journal *journal, const simvue_journal_alert_info *info);

/* The state (ok, critical) of a user alert: of the run by `name`, or of the server by `id`; the other is NULL. */
int simvue_journal_alert_state(simvue_journal *journal, const char *name, const char *id, const char *state);

/* A file; it is read once for its size and SHA-256. */
int simvue_journal_artifact(simvue_journal *journal, const simvue_journal_artifact_info *info);
/* Bytes in memory, put aside in the cache; `info->path` is not used, and `info->name` must be there. */
int simvue_journal_artifact_bytes(simvue_journal *journal, const simvue_journal_artifact_info *info, const void *data,
                                  size_t size);

/* Says that the run lives; for a program that is silent for longer than half the run's timeout. */
int simvue_journal_heartbeat(simvue_journal *journal);
int simvue_journal_status(simvue_journal *journal, const char *status, const char *reason);

/* A grid of one or two axes (`ticks_y` NULL) and the metrics that lie on it; and a tensor of `rows` times `columns`
 * values, row by row; `rows` 0 is one axis. */
int simvue_journal_grid(simvue_journal *journal, const char *name, const char *label_x, size_t count_x,
                        const double *ticks_x, const char *label_y, size_t count_y, const double *ticks_y,
                        size_t metrics_count, const char *const *metrics);
int simvue_journal_tensor(simvue_journal *journal, const char *metric, size_t rows, size_t columns,
                          const double *values, int64_t step, double time);

/* Write what waits, end this journal, and go on in a new one of the same run; a long run does so by itself. While the
 * journal cannot be written it is done once it can. */
int simvue_journal_rotate(simvue_journal *journal);

/* Write what waits, and synchronise with the device. */
int simvue_journal_sync(simvue_journal *journal);

/* Write what waits and the end; tries for two seconds, synchronises, closes. `status` (completed, failed, terminated)
 * is the run's; only the process that recorded the run gives it, others NULL. `reason` may be NULL. */
int simvue_journal_close(simvue_journal *journal, const char *status, const char *reason);

/* Of the file, "" before it could be created; another after a rotation, so not while other threads record. */
const char *simvue_journal_path(const simvue_journal *journal);
const char *simvue_journal_run_key(const simvue_journal *journal);
int64_t simvue_journal_lost(simvue_journal *journal); /* records dropped so far */
const char *simvue_journal_strerror(int status);        /* one line */

#ifdef __cplusplus
}
#endif
#endif /* SIMVUE_JOURNAL_H */

/* ------------------------------------------------------------------------------------------------------------------ */

#if defined(SIMVUE_JOURNAL_IMPLEMENTATION) && !defined(SIMVUE_JOURNAL_IMPLEMENTED)
#define SIMVUE_JOURNAL_IMPLEMENTED

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#ifdef SIMVUE_JOURNAL_THREADS
#include <pthread.h>
#endif

#if !defined(O_CLOEXEC) || !defined(CLOCK_MONOTONIC) || !defined(_POSIX_VERSION)
#error "include simvue_journal.h before any other header, or compile this file with -D_XOPEN_SOURCE=700"
#endif

#ifndef SIMVUE_JOURNAL_WRITE
#define SIMVUE_JOURNAL_WRITE(fd, data, size) write((fd), (data), (size))
#endif

#define SVJ_MARK 0x53564a31u
#define SVJ_LONGEST_LINE (1u << 20)         /* FRM-010 */
#define SVJ_LONGEST_INTEGER 9007199254740991 /* REC-008 */
#define SVJ_MOST_MEMORY (16u << 20)         /* WRT-015 */
#define SVJ_HEAD 48 /* room before a body for {"kind":"alert_state","seq":9007199254740991 */
#define SVJ_TAIL 24 /* and behind it for ,"crc":"00000000"} and a line feed */
#define SVJ_SECOND INT64_C(1000000000)
#define SVJ_AT_ONCE 256 /* records that one call writes after a failure, so that none waits for long */

typedef char svj_assert_buffer[SIMVUE_JOURNAL_BUFFER >= 4096 && SIMVUE_JOURNAL_BUFFER <= (16 << 20) ? 1 : -1];

/* -- text: appended to bounded memory; what does not fit is still counted ------------------------------------------ */

typedef struct svj_text {
    unsigned char *to;
    size_t size, used;
    int status; /* of the first thing that was wrong */
} svj_text;

static void svj_wrong(svj_text *text) {
    if (text->status == SIMVUE_JOURNAL_OK) text->status = SIMVUE_JOURNAL_EARGUMENT;
}

static void svj_put(svj_text *text, const void *bytes, size_t count) {
    if (text->used <= text->size && count <= text->size - text->used) memcpy(text->to + text->used, bytes, count);
    text->used += count;
}

static void svj_say(svj_text *text, const char *plain) { svj_put(text, plain, strlen(plain)); }

/* Return the length of the character at `bytes`, and whether it is one; of bytes that are none, the length is that of
 * what one U+FFFD stands for: the longest beginning of a character, else one byte. */
static size_t svj_character(const unsigned char *bytes, size_t count, int *is_good) {
    unsigned char lead = bytes[0], low = 0x80, high = 0xbf;
    size_t length, have;
    *is_good = 0;
    if (lead < 0x80) {
        *is_good = lead != 0; /* FRM-023 */
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) length = 2;
    else if (lead >= 0xe0 && lead <= 0xef) length = 3;
    else if (lead >= 0xf0 && lead <= 0xf4) length = 4;
    else return 1;
    if (lead == 0xe0) low = 0xa0; /* no longer form of a shorter character */
    if (lead == 0xed) high = 0x9f; /* no surrogates */
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f; /* nothing above U+10FFFF */
    for (have = 1; have < length; have++) {
        if (have >= count || bytes[have] < low || bytes[have] > high) return have;
        low = 0x80;
        high = 0xbf;
    }
    *is_good = 1;
    return length;
}

/* Append text with what JSON wants escaped; return how many characters it has, and in `bytes` their size in UTF-8. */
static size_t svj_escape(svj_text *text, const char *from, size_t count, size_t *bytes) {
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = (const unsigned char *)from, *end = at + count;
    size_t characters = 0, size = 0;
    while (at < end) {
        const unsigned char *plain = at;
        size_t length;
        int is_good;
        while (at < end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\') at++;
        if (at > plain) {
            svj_put(text, plain, (size_t)(at - plain));
            characters += (size_t)(at - plain);
            size += (size_t)(at - plain);
            continue;
        }
        length = svj_character(at, (size_t)(end - at), &is_good);
        if (!is_good) {
            svj_put(text, "\xef\xbf\xbd", 3);
            size += 3;
        } else if (length > 1) {
            svj_put(text, at, length);
            size += length;
        } else {
            unsigned char escape[6] = {'\\', 'u', '0', '0', 0, 0};
            const char *letters = "\"\"\\\\\nn\tt\rr\bb\ff";
            size_t pair = 0;
            while (letters[pair] && letters[pair] != (char)*at) pair += 2;
            escape[4] = (unsigned char)digits[*at >> 4];
            escape[5] = (unsigned char)digits[*at & 15];
            if (letters[pair]) escape[1] = (unsigned char)letters[pair + 1];
            svj_put(text, escape, letters[pair] ? 2 : 6);
            size += 1;
        }
        characters++;
        at += length;
    }
    *bytes = size;
    return characters;
}

/* Append a string of `least` to `most` characters; 0 is no bound. */
static void svj_quote(svj_text *text, const char *string, size_t least, size_t most) {
    size_t bytes, characters;
    if (string == NULL) {
        svj_wrong(text);
        return;
    }
    svj_put(text, "\"", 1);
    characters = svj_escape(text, string, strlen(string), &bytes);
    svj_put(text, "\"", 1);
    if (characters < least || (most && characters > most)) svj_wrong(text);
}

/* Append a name of a metric or a key of metadata (REC-007), and what stands `behind` it. */
static void svj_name(svj_text *text, const char *name, const char *behind) {
    size_t bytes;
    if (name == NULL) {
        svj_wrong(text);
        return;
    }
    svj_put(text, "\"", 1);
    svj_escape(text, name, strlen(name), &bytes);
    svj_put(text, "\"", 1);
    svj_say(text, behind);
    if (bytes < 1 || bytes > 250) svj_wrong(text);
}

/* Append `label`, such as ,"name": with its colon, and a string; nothing where there is no string. */
static void svj_member(svj_text *text, const char *label, const char *string, size_t least, size_t most) {
    if (string == NULL) return;
    svj_say(text, label);
    svj_quote(text, string, least, most);
}

/* Append a member whose string is one of `words`, which a NUL each ends, and two the last. */
static void svj_choice(svj_text *text, const char *label, const char *string, const char *words) {
    const char *word = words;
    if (string == NULL) return;
    while (*word && strcmp(word, string) != 0) word += strlen(word) + 1;
    if (!*word) svj_wrong(text);
    svj_member(text, label, string, 1, 0);
}

/* -- numbers: without the C library, which minds the locale (WRT-032) ---------------------------------------------- */

static size_t svj_digits(char *to, uint64_t value) {
    char reversed[20];
    size_t count = 0, place;
    do reversed[count++] = (char)('0' + value % 10);
    while (value /= 10);
    for (place = 0; place < count; place++) to[place] = reversed[count - 1 - place];
    return count;
}

static void svj_integer(svj_text *text, int64_t value) {
    char digits[21];
    size_t sign = value < 0;
    digits[0] = '-';
    svj_put(text, digits, sign + svj_digits(digits + sign, sign ? 0 - (uint64_t)value : (uint64_t)value));
}

/* The decimal digits of a double come from the algorithm Grisu2 (Loitsch, PLDI 2010): a number is scaled by a power of
 * ten into a range where its digits can be cut off with integers, and cut as early as the neighbouring doubles allow.
 * What is read back is always the same double; rarely is a shorter text possible. */

typedef struct svj_float { /* fraction times 2 to the exponent */
    uint64_t fraction;
    int exponent;
} svj_float;

static const uint64_t svj_powers[87] = { /* 10 to the -348, -340, ... 340: fractions with the highest bit set */
    0xfa8fd5a0081c0288u, 0xbaaee17fa23ebf76u, 0x8b16fb203055ac76u, 0xcf42894a5dce35eau, 0x9a6bb0aa55653b2du,
    0xe61acf033d1a45dfu, 0xab70fe17c79ac6cau, 0xff77b1fcbebcdc4fu, 0xbe5691ef416bd60cu, 0x8dd01fad907ffc3cu,
    0xd3515c2831559a83u, 0x9d71ac8fada6c9b5u, 0xea9c227723ee8bcbu, 0xaecc49914078536du, 0x823c12795db6ce57u,
    0xc21094364dfb5637u, 0x9096ea6f3848984fu, 0xd77485cb25823ac7u, 0xa086cfcd97bf97f4u, 0xef340a98172aace5u,
    0xb23867fb2a35b28eu, 0x84c8d4dfd2c63f3bu, 0xc5dd44271ad3cdbau, 0x936b9fcebb25c996u, 0xdbac6c247d62a584u,
    0xa3ab66580d5fdaf6u, 0xf3e2f893dec3f126u, 0xb5b5ada8aaff80b8u, 0x87625f056c7c4a8bu, 0xc9bcff6034c13053u,
    0x964e858c91ba2655u, 0xdff9772470297ebdu, 0xa6dfbd9fb8e5b88fu, 0xf8a95fcf88747d94u, 0xb94470938fa89bcfu,
    0x8a08f0f8bf0f156bu, 0xcdb02555653131b6u, 0x993fe2c6d07b7facu, 0xe45c10c42a2b3b06u, 0xaa242499697392d3u,
    0xfd87b5f28300ca0eu, 0xbce5086492111aebu, 0x8cbccc096f5088ccu, 0xd1b71758e219652cu, 0x9c40000000000000u,
    0xe8d4a51000000000u, 0xad78ebc5ac620000u, 0x813f3978f8940984u, 0xc097ce7bc90715b3u, 0x8f7e32ce7bea5c70u,
    0xd5d238a4abe98068u, 0x9f4f2726179a2245u, 0xed63a231d4c4fb27u, 0xb0de65388cc8ada8u, 0x83c7088e1aab65dbu,
    0xc45d1df942711d9au, 0x924d692ca61be758u, 0xda01ee641a708deau, 0xa26da3999aef774au, 0xf209787bb47d6b85u,
    0xb454e4a179dd1877u, 0x865b86925b9bc5c2u, 0xc83553c5c8965d3du, 0x952ab45cfa97a0b3u, 0xde469fbd99a05fe3u,
    0xa59bc234db398c25u, 0xf6c69a72a3989f5cu, 0xb7dcbf5354e9beceu, 0x88fcf317f22241e2u, 0xcc20ce9bd35c78a5u,
    0x98165af37b2153dfu, 0xe2a0b5dc971f303au, 0xa8d9d1535ce3b396u, 0xfb9b7cd9a4a7443cu, 0xbb764c4ca7a44410u,
    0x8bab8eefb6409c1au, 0xd01fef10a657842cu, 0x9b10a4e5e9913129u, 0xe7109bfba19c0c9du, 0xac2820d9623bf429u,
    0x80444b5e7aa7cf85u, 0xbf21e44003acdd2du, 0x8e679c2f5e44ff8fu, 0xd433179d9c8cb841u, 0x9e19db92b4e31ba9u,
    0xeb96bf6ebadf77d9u, 0xaf87023b9bf0ee6bu,
};

static svj_float svj_times(svj_float a, svj_float b) {
    const uint64_t half = 0xffffffffu;
    uint64_t ah = a.fraction >> 32, al = a.fraction & half, bh = b.fraction >> 32, bl = b.fraction & half;
    uint64_t hl = ah * bl, lh = al * bh, ll = al * bl;
    uint64_t middle = (ll >> 32) + (hl & half) + (lh & half) + 0x80000000u; /* rounded */
    svj_float product;
    product.fraction = ah * bh + (hl >> 32) + (lh >> 32) + (middle >> 32);
    product.exponent = a.exponent + b.exponent + 64;
    return product;
}

static svj_float svj_normal(svj_float number) {
    while (!(number.fraction >> 63)) {
        number.fraction <<= 1;
        number.exponent--;
    }
    return number;
}

/* Make the last digit smaller while that brings the text nearer to the number itself. */
static void svj_nearer(char *last, uint64_t delta, uint64_t rest, uint64_t unit, uint64_t aim) {
    while (rest < aim && delta - rest >= unit && (rest + unit < aim || aim - rest > rest + unit - aim)) {
        (*last)--;
        rest += unit;
    }
}

/* Write the digits of a positive finite double; return their count, and the power of ten of the last one. */
static size_t svj_shortest(char *digits, uint64_t bits, int *power) {
    int biased = (int)(bits >> 52 & 0x7ff), kappa, index;
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1), delta, aim, whole, part, unit;
    svj_float number, low, high, scale;
    size_t count = 0;

    number.fraction = biased ? fraction | UINT64_C(1) << 52 : fraction;
    number.exponent = biased ? biased - 1075 : -1074;
    high.fraction = number.fraction * 2 + 1; /* half-way to the next double, and to the one before */
    high.exponent = number.exponent - 1;
    high = svj_normal(high);
    low.fraction = number.fraction * 2 - 1;
    low.exponent = number.exponent - 1;
    if (fraction == 0 && biased > 1) { /* below a power of two the doubles lie twice as close */
        low.fraction = number.fraction * 4 - 1;
        low.exponent = number.exponent - 2;
    }
    low.fraction <<= low.exponent - high.exponent;
    low.exponent = high.exponent;
    number = svj_normal(number);

    /* The power of ten that brings the exponent to -60 or little more; negative numbers are not shifted. */
    scale.exponent = (int)(((-61 - (int64_t)number.exponent) * 78913 + (INT64_C(1) << 40)) >> 18) - (1 << 22);
    for (index = (scale.exponent + 348) / 8;; index++) {
        scale.exponent = (int)(((index * 8 - 348) * INT64_C(217706) + (INT64_C(1) << 40)) >> 16) - (1 << 24) - 63;
        if (number.exponent + scale.exponent + 64 >= -60) break;
    }
    scale.fraction = svj_powers[index];
    number = svj_times(number, scale);
    high = svj_times(high, scale);
    low = svj_times(low, scale);
    high.fraction--; /* the products may be off by one in the last place */
    low.fraction++;
    delta = high.fraction - low.fraction;
    aim = high.fraction - number.fraction;

    whole = high.fraction >> -high.exponent;
    part = high.fraction & ((UINT64_C(1) << -high.exponent) - 1);
    kappa = 1;
    unit = 1;
    while (whole / unit >= 10) {
        unit *= 10;
        kappa++;
    }
    *power = 348 - index * 8;
    while (kappa > 0) {
        digits[count++] = (char)('0' + whole / unit);
        whole %= unit;
        kappa--;
        if ((whole << -high.exponent) + part <= delta) {
            svj_nearer(digits + count - 1, delta, (whole << -high.exponent) + part, unit << -high.exponent, aim);
            *power += kappa;
            return count;
        }
        unit /= 10;
    }
    for (;;) {
        part *= 10;
        delta *= 10;
        aim *= 10;
        digits[count++] = (char)('0' + (part >> -high.exponent));
        part &= (UINT64_C(1) << -high.exponent) - 1;
        kappa--;
        if (part < delta) {
            svj_nearer(digits + count - 1, delta, part, UINT64_C(1) << -high.exponent, aim);
            *power += kappa;
            return count;
        }
    }
}

/* Append a number; what is not finite as one of the three strings (WRT-030). */
static void svj_double(svj_text *text, double value) {
    char digits[24];
    uint64_t bits;
    size_t count;
    int power, point;
    memcpy(&bits, &value, sizeof bits);
    if ((bits >> 52 & 0x7ff) == 0x7ff) {
        svj_say(text, bits << 12 ? "\"NaN\"" : bits >> 63 ? "\"-Infinity\"" : "\"Infinity\"");
        return;
    }
    if (bits >> 63) svj_put(text, "-", 1);
    bits &= ~(UINT64_C(1) << 63);
    if (bits == 0) {
        svj_put(text, "0.0", 3);
        return;
    }
    count = svj_shortest(digits, bits, &power);
    point = (int)count + power; /* the number is 0.digits times 10 to the point */
    if (point > 0 && point <= 16) {
        size_t before = (size_t)point < count ? (size_t)point : count;
        svj_put(text, digits, before);
        svj_put(text, "0000000000000000", (size_t)point - before);
        svj_put(text, ".", 1);
        if (count > before) svj_put(text, digits + before, count - before);
        else svj_put(text, "0", 1);
    } else if (point <= 0 && point > -4) {
        svj_put(text, "0.000", (size_t)(2 - point));
        svj_put(text, digits, count);
    } else {
        svj_put(text, digits, 1);
        if (count > 1) {
            svj_put(text, ".", 1);
            svj_put(text, digits + 1, count - 1);
        }
        svj_put(text, "e", 1);
        svj_integer(text, point - 1);
    }
}

static int svj_is_finite(double value) { return value - value == 0; }

/* Append a number where the format has no place for the three strings. */
static void svj_finite(svj_text *text, const char *label, double value) {
    if (!svj_is_finite(value)) svj_wrong(text);
    svj_say(text, label);
    svj_double(text, value);
}

static void svj_count(svj_text *text, const char *label, int64_t value, int64_t least) {
    if (value < least || value > SVJ_LONGEST_INTEGER) svj_wrong(text);
    svj_say(text, label);
    svj_integer(text, value);
}

/* Append seconds that may be never (null) or left out (0). */
static void svj_duration(svj_text *text, const char *label, int64_t seconds) {
    if (seconds == 0) return;
    if (seconds != SIMVUE_JOURNAL_NEVER) {
        svj_count(text, label, seconds, 1);
        return;
    }
    svj_say(text, label);
    svj_say(text, "null");
}

/* -- lists --------------------------------------------------------------------------------------------------------- */

static void svj_strings(svj_text *text, const char *label, size_t count, const char *const *strings, size_t most) {
    size_t place;
    svj_say(text, label);
    svj_put(text, "[", 1);
    if (count && strings == NULL) svj_wrong(text);
    for (place = 0; place < count && strings; place++) {
        if (place) svj_put(text, ",", 1);
        svj_quote(text, strings[place], 1, most);
    }
    svj_put(text, "]", 1);
}

/* As svj_character, but U+FFFD is no character either: what is not is written as that. */
static size_t svj_letter(const unsigned char *bytes, size_t count, int *is_good) {
    size_t length = svj_character(bytes, count, is_good);
    if (length == 3 && memcmp(bytes, "\xef\xbf\xbd", 3) == 0) *is_good = 0;
    return length;
}

/* Whether two texts are one once they are written. */
static int svj_is_same(const char *a, const char *b) {
    const unsigned char *one = (const unsigned char *)a, *other = (const unsigned char *)b;
    size_t count = strlen(a), rest = strlen(b);
    while (count && rest) {
        int is_good, is_also_good;
        size_t length = svj_letter(one, count, &is_good), width = svj_letter(other, rest, &is_also_good);
        if (is_good != is_also_good || (is_good && (length != width || memcmp(one, other, length) != 0))) return 0;
        one += length;
        count -= length;
        other += width;
        rest -= width;
    }
    return count == rest;
}

static uint32_t svj_hash(const char *key) {
    const unsigned char *at = (const unsigned char *)key;
    size_t count = strlen(key);
    uint32_t hash = 2166136261u;
    while (count) {
        int is_good;
        size_t length = svj_letter(at, count, &is_good), place;
        for (place = 0; place < (is_good ? length : 1); place++)
            hash = (hash ^ (is_good ? at[place] : 0xff)) * 16777619u;
        at += length;
        count -= length;
    }
    return hash;
}

static const char *svj_nth(const void *first, size_t stride, size_t place) {
    const char *key;
    memcpy(&key, (const char *)first + place * stride, sizeof key);
    return key;
}

/* Whether no two of the keys are the same (FRM-021); each is the first thing in an element of `stride` bytes. Most
 * pairs are told apart by a bit that a hash sets. */
static int svj_are_different(const void *first, size_t stride, size_t count) {
    unsigned char bits[2048];
    size_t place, other;
    if (count > 8) memset(bits, 0, sizeof bits);
    for (place = 0; place < count; place++) {
        const char *key = svj_nth(first, stride, place);
        if (key == NULL) return 0;
        if (count > 8) {
            uint32_t hash = svj_hash(key) & (sizeof bits * 8 - 1);
            unsigned char bit = (unsigned char)(1u << (hash & 7)), had = bits[hash >> 3] & bit;
            bits[hash >> 3] |= bit;
            if (!had) continue;
        }
        for (other = 0; other < place; other++)
            if (svj_is_same(key, svj_nth(first, stride, other))) return 0;
    }
    return 1;
}

static void svj_object(svj_text *text, const char *label, size_t count, const simvue_journal_value *values) {
    size_t place;
    svj_say(text, label);
    svj_put(text, "{", 1);
    if (count && (values == NULL || !svj_are_different(values, sizeof *values, count))) {
        svj_wrong(text);
        count = 0;
    }
    for (place = 0; place < count; place++) {
        const simvue_journal_value *value = values + place;
        if (place) svj_put(text, ",", 1);
        svj_name(text, value->key, ":");
        if (value->type == 's') svj_quote(text, value->string, 0, 0);
        else if (value->type == 'i') svj_integer(text, value->integer);
        else if (value->type == 'd') svj_double(text, value->number);
        else if (value->type == 'b') svj_say(text, value->integer ? "true" : "false");
        else svj_wrong(text);
    }
    svj_put(text, "}", 1);
}

static void svj_numbers(svj_text *text, size_t count, const double *values, int is_axis) {
    size_t place;
    svj_put(text, "[", 1);
    for (place = 0; place < count; place++) {
        if (place) svj_put(text, ",", 1);
        svj_double(text, values[place]);
        if (is_axis && (!svj_is_finite(values[place]) || (place && !(values[place - 1] < values[place]))))
            svj_wrong(text);
    }
    svj_put(text, "]", 1);
}

/* -- checksums ----------------------------------------------------------------------------------------------------- */

static void svj_crc_tables(uint32_t tables[8][256]) {
    uint32_t byte, slice;
    for (byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        int bit;
        for (bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
        tables[0][byte] = value;
    }
    for (slice = 1; slice < 8; slice++)
        for (byte = 0; byte < 256; byte++)
            tables[slice][byte] = tables[slice - 1][byte] >> 8 ^ tables[0][tables[slice - 1][byte] & 255];
}

/* Eight bytes at a time, since every record passes through here. */
static uint32_t svj_crc(uint32_t tables[8][256], const unsigned char *at, size_t count) {
    uint32_t crc = 0xffffffffu;
    for (; count >= 8; at += 8, count -= 8) {
        crc ^= at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        crc = tables[7][crc & 255] ^ tables[6][crc >> 8 & 255] ^ tables[5][crc >> 16 & 255] ^ tables[4][crc >> 24] ^
              tables[3][at[4]] ^ tables[2][at[5]] ^ tables[1][at[6]] ^ tables[0][at[7]];
    }
    for (; count; at++, count--) crc = crc >> 8 ^ tables[0][(crc ^ *at) & 255];
    return ~crc;
}

static void svj_hexadecimal(char *to, uint64_t value, int digits) {
    for (; digits > 0; digits--, value >>= 4) to[digits - 1] = "0123456789abcdef"[value & 15];
}

typedef struct svj_sha { /* SHA-256, FIPS 180-4 */
    uint32_t state[8];
    uint64_t size;
    unsigned char block[64];
} svj_sha;

static const uint32_t svj_sha_constants[64] = {
    0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
    0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
    0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
    0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
    0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
    0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
    0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
    0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u,
};

static void svj_sha_begin(svj_sha *sha) {
    static const uint32_t start[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                                      0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};
    memcpy(sha->state, start, sizeof start);
    sha->size = 0;
}

static uint32_t svj_turn(uint32_t value, int bits) { return value >> bits | value << (32 - bits); }

static void svj_sha_block(svj_sha *sha, const unsigned char *block) {
    uint32_t words[64], v[8];
    int place;
    for (place = 0; place < 16; place++, block += 4)
        words[place] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 | (uint32_t)block[2] << 8 | block[3];
    for (; place < 64; place++) {
        uint32_t a = words[place - 15], b = words[place - 2];
        words[place] = words[place - 16] + (svj_turn(a, 7) ^ svj_turn(a, 18) ^ a >> 3) + words[place - 7] +
                       (svj_turn(b, 17) ^ svj_turn(b, 19) ^ b >> 10);
    }
    memcpy(v, sha->state, sizeof v);
    for (place = 0; place < 64; place++) {
        uint32_t one = v[7] + (svj_turn(v[4], 6) ^ svj_turn(v[4], 11) ^ svj_turn(v[4], 25)) +
                       ((v[4] & v[5]) ^ (~v[4] & v[6])) + svj_sha_constants[place] + words[place];
        uint32_t two = (svj_turn(v[0], 2) ^ svj_turn(v[0], 13) ^ svj_turn(v[0], 22)) +
                       ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += one;
        v[0] = one + two;
    }
    for (place = 0; place < 8; place++) sha->state[place] += v[place];
}

static void svj_sha_add(svj_sha *sha, const void *bytes, size_t count) {
    const unsigned char *at = (const unsigned char *)bytes;
    while (count) {
        size_t have = (size_t)(sha->size & 63), piece = 64 - have < count ? 64 - have : count;
        if (have == 0 && count >= 64) svj_sha_block(sha, at);
        else {
            memcpy(sha->block + have, at, piece);
            if (have + piece == 64) svj_sha_block(sha, sha->block);
        }
        sha->size += piece;
        at += piece;
        count -= piece;
    }
}

static void svj_sha_end(svj_sha *sha, char digits[65]) {
    uint64_t bits = sha->size * 8;
    unsigned char tail[72] = {0x80};
    size_t fill = (size_t)(119 - (sha->size & 63)) % 64 + 1, place;
    for (place = 0; place < 8; place++) tail[fill + place] = (unsigned char)(bits >> (56 - 8 * place));
    svj_sha_add(sha, tail, fill + 8);
    for (place = 0; place < 8; place++) svj_hexadecimal(digits + place * 8, sha->state[place], 8);
    digits[64] = 0;
}

/* -- time ---------------------------------------------------------------------------------------------------------- */

static int64_t svj_ticks(void) {
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? (int64_t)now.tv_sec * SVJ_SECOND + now.tv_nsec : 0;
}

/* Return the microsecond since 1970 for a new record: each has its own, in ascending order (WRT-033). Where the clock
 * was set back, time goes on by single microseconds until it is reached again. */
static int64_t svj_moment(simvue_journal *journal) {
    const int64_t latest = INT64_C(253402300799999999); /* the year 9999 ends (REC-003) */
    struct timespec now;
    int64_t moment = 0;
    if (clock_gettime(CLOCK_REALTIME, &now) == 0) moment = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    if (moment <= journal->last) moment = journal->last + 1;
    if (moment > latest) moment = latest;
    return journal->last = moment;
}

static void svj_two(char *to, int64_t value) {
    to[0] = (char)('0' + value / 10 % 10);
    to[1] = (char)('0' + value % 10);
}

/* Append the time. The calendar is computed here: the C library's may count leap seconds, or ask for the time zone. */
static void svj_at(simvue_journal *journal, svj_text *text, int64_t moment) {
    int64_t second = moment / 1000000, micro = moment % 1000000;
    char *to = journal->second_text, digits[8];
    if (second != journal->second) {
        /* Days are counted in years that begin in March, so that a leap day is the last of its year. */
        int64_t day = second / 86400 + 719468, rest = second % 86400, era = day / 146097, year, month;
        day %= 146097;
        year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
        day -= 365 * year + year / 4 - year / 100;
        month = (5 * day + 2) / 153;
        day -= (153 * month + 2) / 5 - 1;
        year += era * 400 + (month >= 10);
        month += month < 10 ? 3 : -9;
        svj_two(to, year / 100);
        svj_two(to + 2, year);
        svj_two(to + 5, month);
        svj_two(to + 8, day);
        svj_two(to + 11, rest / 3600);
        svj_two(to + 14, rest / 60 % 60);
        svj_two(to + 17, rest % 60);
        to[4] = to[7] = '-';
        to[10] = 'T';
        to[13] = to[16] = ':';
        to[19] = '.';
        journal->second = second;
    }
    svj_say(text, ",\"at\":\"");
    svj_put(text, to, 20);
    svj_two(digits, micro / 10000);
    svj_two(digits + 2, micro / 100);
    svj_two(digits + 4, micro);
    digits[6] = 'Z';
    digits[7] = '"';
    svj_put(text, digits, 8);
}

/* -- records ------------------------------------------------------------------------------------------------------- */

enum { SVJ_HEADER, SVJ_RUN, SVJ_METRICS, SVJ_EVENT, SVJ_METADATA, SVJ_TAGS, SVJ_FOLDER, SVJ_ALERT, SVJ_ALERT_STATE,
       SVJ_ARTIFACT, SVJ_HEARTBEAT, SVJ_STATUS, SVJ_GRID, SVJ_TENSOR, SVJ_LOST, SVJ_END };

static const char *const svj_kinds[] = {"header", "run", "metrics", "event", "metadata", "tags", "folder", "alert",
    "alert_state", "artifact", "heartbeat", "status", "grid", "tensor", "lost", "end"};

/* What is given up first when memory is short (WRT-015, WRT-017). */
static int svj_worth(int kind) {
    if (kind == SVJ_METRICS || kind == SVJ_TENSOR || kind == SVJ_HEARTBEAT) return 0;
    return kind == SVJ_RUN || kind == SVJ_STATUS ? 2 : 1;
}

/* Complete a record in place. `room` holds a body of `body` bytes (from `,"at"` to before the last brace) behind
 * SVJ_HEAD bytes; the number and the checksum are put around it. So a record gets its number when it is first written,
 * and what is dropped before that leaves no gap. Return where the line begins; `length` is that of the line. */
static size_t svj_complete(simvue_journal *journal, unsigned char *room, size_t body, int kind, size_t *length) {
    char head[SVJ_HEAD];
    svj_text text;
    size_t start, end = SVJ_HEAD + body;
    text.to = (unsigned char *)head;
    text.size = sizeof head;
    text.used = 0;
    svj_put(&text, "{\"kind\":\"", 9);
    svj_say(&text, svj_kinds[kind]);
    svj_put(&text, "\",\"seq\":", 8);
    svj_integer(&text, journal->sequence++);
    start = SVJ_HEAD - text.used;
    memcpy(room + start, head, text.used);
    if (journal->with_crc && kind != SVJ_HEADER) {
        uint32_t crc = svj_crc(journal->crc, room + start, end - start);
        memcpy(room + end, ",\"crc\":\"", 8);
        svj_hexadecimal((char *)room + end + 8, crc, 8);
        room[end + 16] = '"';
        end += 17;
    }
    room[end++] = '}';
    room[end++] = '\n';
    *length = end - start;
    return start;
}

/* Prepare the line that goes before all others: the header, a lost record, an end. */
static svj_text svj_control(simvue_journal *journal, int kind) {
    svj_text text;
    text.to = journal->control + SVJ_HEAD;
    text.size = sizeof journal->control - SVJ_HEAD - SVJ_TAIL;
    text.used = 0;
    text.status = SIMVUE_JOURNAL_OK;
    journal->control_kind = kind;
    svj_at(journal, &text, svj_moment(journal));
    return text;
}

static void svj_control_is(simvue_journal *journal, const svj_text *text) {
    journal->control_start = svj_complete(journal, journal->control, text->used, journal->control_kind,
                                          &journal->control_length);
}

/* -- the file ------------------------------------------------------------------------------------------------------ */

static void svj_warn(simvue_journal *journal, int number) {
    char line[2048];
    svj_text text;
    if (journal->is_quiet || journal->has_warned) return;
    journal->has_warned = 1; /* once (WRT-014) */
    text.to = (unsigned char *)line;
    text.size = sizeof line - 1;
    text.used = 0;
    svj_say(&text, "simvue: the run cannot be recorded in ");
    svj_say(&text, journal->path[0] ? journal->path : journal->cache);
    svj_say(&text, " for now: ");
    svj_say(&text, strerror(number));
    svj_say(&text, ". The program goes on, and records wait in memory; check free space, quota and permissions there");
    svj_put(&text, ".\n", 2);
    if (text.used <= sizeof line && write(2, line, text.used) < 0) return;
}

static int svj_fail(simvue_journal *journal, int64_t since, int number) {
    int64_t now = svj_ticks();
    journal->retry = now + 10 * (now - since); /* at most a tenth of the time is spent on trying */
    svj_warn(journal, number);
    return SIMVUE_JOURNAL_EDISK;
}

/* Append a line whole, in one write; return 0, or the number of the error. */
static int svj_write(simvue_journal *journal, const unsigned char *line, size_t length) {
    int attempts = journal->bytes > 0, number;
    ssize_t written;
    struct rlimit limit; /* beyond that of the process, a write would be answered with a signal that ends the program */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < (rlim_t)INT64_MAX &&
        journal->bytes + (int64_t)length + 1 > (int64_t)limit.rlim_cur)
        return EFBIG;
    for (;;) {
        if (journal->is_torn) {
            written = SIMVUE_JOURNAL_WRITE(journal->fd, "\n", 1); /* WRT-010 */
            if (written != 1) return written < 0 ? errno : ENOSPC;
            journal->bytes++;
            journal->is_torn = 0;
        }
        written = SIMVUE_JOURNAL_WRITE(journal->fd, line, length);
        number = written < 0 ? errno : ENOSPC;
        if (written > 0) journal->bytes += written;
        if (written >= 0 && (size_t)written == length) return 0;
        journal->is_torn = 1;
        /* After a signal a second attempt succeeds; on a full disk it says what is wrong. A header has one only: its
         * file begins with it. */
        if (attempts-- == 0 || (written < 0 && number != EINTR)) return number;
    }
}

static void svj_random(const simvue_journal *journal, unsigned char bytes[16]) {
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, bytes, 16);
    if (fd >= 0) close(fd);
    if (got != 16) { /* what tells processes apart as well as can be without it */
        struct utsname machine;
        svj_sha sha;
        int64_t numbers[4];
        char digits[65];
        memset(&machine, 0, sizeof machine);
        uname(&machine);
        numbers[0] = (int64_t)time(NULL);
        numbers[1] = svj_ticks();
        numbers[2] = (int64_t)getpid();
        numbers[3] = (int64_t)(intptr_t)journal;
        svj_sha_begin(&sha);
        svj_sha_add(&sha, &machine, sizeof machine);
        svj_sha_add(&sha, numbers, sizeof numbers);
        svj_sha_end(&sha, digits);
        memcpy(bytes, digits, 16);
    }
}

static void svj_uuid(const simvue_journal *journal, char to[37]) {
    unsigned char bytes[16];
    size_t place;
    svj_random(journal, bytes);
    bytes[6] = (unsigned char)((bytes[6] & 15) | 64);
    bytes[8] = (unsigned char)((bytes[8] & 63) | 128);
    for (place = 0; place < 16; place++) {
        if (place == 4 || place == 6 || place == 8 || place == 10) *to++ = '-';
        svj_hexadecimal(to, bytes[place], 2);
        to += 2;
    }
    *to = 0;
}

/* Make a directory and those above it; only the last has narrow permissions (JRN-002). */
static int svj_make_directory(const char *path) {
    char part[SIMVUE_JOURNAL_PATH + 16];
    size_t length = strlen(path), place;
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return 0;
    if (errno != ENOENT) return -1;
    memcpy(part, path, length + 1);
    for (place = 1; place < length; place++) {
        if (part[place] != '/') continue;
        part[place] = 0;
        if (mkdir(part, 0777) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS && errno != EACCES)
            return -1;
        part[place] = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

static void svj_join(char *to, const char *a, const char *b) {
    size_t length = strlen(a);
    memcpy(to, a, length);
    memcpy(to + length, b, strlen(b) + 1);
}

static const char *svj_variable(const char *name) {
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static const char *svj_job(void) {
    const char *job = svj_variable("SLURM_JOB_ID");
    if (!job) job = svj_variable("SLURM_JOBID");
    if (!job) job = svj_variable("PBS_JOBID");
    return job ? job : svj_variable("LSB_JOBID");
}

static void svj_header(simvue_journal *journal, int with_directory) {
    char directory[4097], host[256];
    svj_text text = svj_control(journal, SVJ_HEADER);
    svj_say(&text, ",\"format\":\"simvue-journal\",\"version\":\"1.0\"");
    svj_member(&text, ",\"journal\":", journal->identity, 0, 0);
    svj_member(&text, ",\"run\":", journal->run_key, 0, 0);
    svj_say(&text, ",\"writer\":{\"name\":\"simvue-c\",\"version\":\"" SIMVUE_JOURNAL_VERSION "\",\"language\":\"c\"");
    if (gethostname(host, sizeof host) == 0) {
        host[sizeof host - 1] = 0;
        svj_member(&text, ",\"host\":", host, 0, 0);
    }
    svj_say(&text, ",\"pid\":");
    svj_integer(&text, journal->pid);
    if (journal->rank >= 0) {
        svj_say(&text, ",\"rank\":");
        svj_integer(&text, journal->rank);
    }
    if (journal->program[0]) svj_member(&text, ",\"program\":", journal->program, 0, 0);
    if (svj_job() && strlen(svj_job()) < 128) svj_member(&text, ",\"job\":", svj_job(), 0, 0);
    svj_put(&text, "}", 1);
    if (with_directory && getcwd(directory, sizeof directory) && directory[0] == '/')
        svj_member(&text, ",\"cwd\":", directory, 0, 0);
    if (journal->with_crc) svj_say(&text, ",\"crc\":\"crc32\"");
    if (journal->continues[0]) {
        svj_say(&text, ",\"continues\":{\"journal\":");
        svj_quote(&text, journal->continues, 0, 0);
        svj_count(&text, ",\"bytes\":", journal->continues_bytes, 0);
        svj_count(&text, ",\"seq\":", journal->continues_sequence, 0);
        svj_put(&text, "}", 1);
    }
    if (text.used > text.size) svj_header(journal, 0);
    else svj_control_is(journal, &text);
}

/* Create a file with a header in it, whole or not at all; return 0, or the number of the error. */
static int svj_create(simvue_journal *journal, int64_t now) {
    char name[128] = "/";
    size_t skip = strspn(journal->run_key, "."), length;
    int number;
    journal->path[0] = 0;
    if (svj_make_directory(journal->cache) != 0) return errno;
    svj_join(journal->path, journal->cache, "/journals");
    if (svj_make_directory(journal->path) != 0) return errno;
    svj_uuid(journal, journal->identity);
    svj_join(name, "/", journal->run_key[skip] ? journal->run_key + skip : "run");
    length = strlen(name);
    name[length] = '-';
    memcpy(name + length + 1, journal->identity, 8);
    memcpy(name + length + 9, ".jsonl", 7);
    svj_join(journal->path, journal->path, name);
    journal->fd = open(journal->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (journal->fd < 0) {
        number = errno;
        journal->path[0] = 0;
        return number;
    }
    journal->sequence = journal->bytes = 0;
    journal->is_torn = journal->is_run_here = 0;
    svj_header(journal, 1);
    number = svj_write(journal, journal->control + journal->control_start, journal->control_length);
    journal->control_length = 0;
    if (number != 0) {
        close(journal->fd);
        unlink(journal->path); /* it had no record yet */
        journal->fd = -1;
        journal->path[0] = 0;
        return number;
    }
    journal->born = journal->synced = now;
    return 0;
}

/* Leave a journal whose last record is its end; return 0, or the number of the error. */
static int svj_leave(simvue_journal *journal) {
    struct stat facts;
    int number = fsync(journal->fd) == 0 || errno == EINVAL ? 0 : errno;
    memcpy(journal->continues, journal->identity, sizeof journal->continues);
    journal->continues_bytes = fstat(journal->fd, &facts) == 0 ? (int64_t)facts.st_size : journal->bytes;
    journal->continues_sequence = journal->sequence - 1;
    if (close(journal->fd) != 0 && number == 0 && errno != EINTR) number = errno;
    journal->fd = -1;
    return number;
}

/* -- the queue: records in one stretch of memory, the oldest first; nearly always it is empty ---------------------- */

typedef struct svj_entry {
    uint32_t size;   /* in the buffer, this included */
    uint32_t length; /* of the body; of the line once it is complete */
    uint16_t start;  /* where the line begins, counted from the room behind this; 0: not complete yet */
    uint8_t kind, worth;
} svj_entry;

/* Drop what is worth least, the oldest first, until `need` bytes are free; return whether they are. What was tried
 * once is kept: its number is used, and a part of it may be on the disk. */
static int svj_make_room(simvue_journal *journal, size_t need) {
    size_t live = journal->used - journal->first, wanted = need + journal->size / 32;
    int worth;
    for (worth = -1; worth < 2; worth++) { /* the first time it only closes up */
        size_t from, to = 0;
        svj_entry entry;
        if (worth >= 0 && live + need <= journal->size) break;
        for (from = journal->first; from < journal->used; from += entry.size) {
            memcpy(&entry, journal->buffer + from, sizeof entry);
            if (entry.worth == worth && entry.start == 0 && live + wanted > journal->size) {
                live -= entry.size;
                journal->lost++;
                journal->lost_ever++;
                continue;
            }
            memmove(journal->buffer + to, journal->buffer + from, entry.size);
            to += entry.size;
        }
        journal->first = 0;
        journal->used = to;
    }
    return live + need <= journal->size;
}

/* Write what waits, `most` records of the queue at most; return a status. */
static int svj_flush(simvue_journal *journal, int64_t now, int most) {
    for (;;) {
        svj_entry entry;
        svj_text text;
        unsigned char *room;
        int number;
        if (journal->control_length) {
            number = svj_write(journal, journal->control + journal->control_start, journal->control_length);
            if (number != 0) return svj_fail(journal, now, number);
            journal->control_length = 0;
            if (journal->control_kind == SVJ_END) {
                number = svj_leave(journal);
                if (number != 0) svj_warn(journal, number);
                if (!journal->ended_by_rotation) {
                    journal->is_open = 0;
                    return number == 0 ? SIMVUE_JOURNAL_OK : SIMVUE_JOURNAL_EDISK;
                }
            }
        }
        if (journal->fd < 0) {
            number = svj_create(journal, now);
            if (number != 0) return svj_fail(journal, now, number);
        }
        memset(&entry, 0, sizeof entry);
        if (journal->first < journal->used) memcpy(&entry, journal->buffer + journal->first, sizeof entry);
        if (journal->lost && entry.start == 0) { /* what has its number goes first */
            text = svj_control(journal, SVJ_LOST); /* none of the lost ones had a number */
            svj_count(&text, ",\"count\":", journal->lost, 1);
            svj_control_is(journal, &text);
            journal->lost = 0;
            continue;
        }
        journal->ended_by_rotation = entry.size && entry.start == 0 && journal->sequence > 1 &&
            (journal->bytes >= journal->rotate_bytes || now - journal->born >= journal->rotate_after);
        if (entry.size == 0) {
            journal->first = journal->used = 0;
            journal->ended_by_rotation = journal->rotation_wanted && journal->sequence > 1 && !journal->ending;
            journal->rotation_wanted = 0;
            if (!journal->ending && !journal->ended_by_rotation) return SIMVUE_JOURNAL_OK;
        }
        if (entry.size == 0 || journal->ended_by_rotation) {
            int is_end = !journal->ended_by_rotation;
            if (is_end && journal->end_status && journal->is_run_ever && !journal->is_run_here) {
                /* Readers take a status from the end of a journal only where the run is in it (RDR-043). */
                text = svj_control(journal, SVJ_STATUS);
                svj_member(&text, ",\"status\":", journal->end_status, 0, 0);
                svj_control_is(journal, &text);
                journal->is_run_here = 1;
                continue;
            }
            text = svj_control(journal, SVJ_END);
            if (is_end) svj_member(&text, ",\"status\":", journal->end_status, 0, 0);
            svj_count(&text, ",\"records\":", journal->sequence, 0); /* without gaps, all that precede (REC-126) */
            svj_member(&text, ",\"reason\":", is_end ? journal->end_reason : "rotate", 0, 0);
            svj_control_is(journal, &text);
            continue;
        }
        if (most-- == 0) return SIMVUE_JOURNAL_EDISK;
        room = journal->buffer + journal->first + sizeof entry;
        if (entry.start == 0) {
            size_t length;
            entry.start = (uint16_t)svj_complete(journal, room, entry.length, entry.kind, &length);
            entry.length = (uint32_t)length;
            memcpy(journal->buffer + journal->first, &entry, sizeof entry);
        }
        number = svj_write(journal, room + entry.start, entry.length);
        if (number != 0) return svj_fail(journal, now, number);
        if (entry.kind == SVJ_RUN) journal->is_run_here = 1;
        journal->first += entry.size;
    }
}

/* -- the handle ---------------------------------------------------------------------------------------------------- */

#ifdef SIMVUE_JOURNAL_THREADS
typedef char svj_assert_mutex[sizeof(pthread_mutex_t) <= 64 ? 1 : -1];
#define SVJ_LOCK(journal) pthread_mutex_lock((pthread_mutex_t *)(void *)&(journal)->lock)
#define SVJ_UNLOCK(journal) pthread_mutex_unlock((pthread_mutex_t *)(void *)&(journal)->lock)
#else
#define SVJ_LOCK(journal) (void)(journal)
#define SVJ_UNLOCK(journal) (void)(journal)
#endif

/* Let one thread in; a forked child stays out (WRT-020), also of a lock that another thread held when it was forked. */
static int svj_enter(simvue_journal *journal) {
    if (journal == NULL || journal->mark != SVJ_MARK) return SIMVUE_JOURNAL_ECLOSED;
    if (journal->pid != (int64_t)getpid()) return SIMVUE_JOURNAL_EFORK;
    SVJ_LOCK(journal);
    if (journal->is_open) return SIMVUE_JOURNAL_OK;
    SVJ_UNLOCK(journal);
    return SIMVUE_JOURNAL_ECLOSED;
}

typedef void svj_build(svj_text *text, const void *what);

/* Put a record into the queue and write the queue; `build` appends the members. The lock is held. */
static int svj_append(simvue_journal *journal, int kind, svj_build *build, const void *what) {
    int64_t now = svj_ticks(), moment = svj_moment(journal), lost = journal->lost_ever;
    int status = SIMVUE_JOURNAL_OK, is_rebuilt;
    const size_t around = sizeof(svj_entry) + SVJ_HEAD + SVJ_TAIL;
    if (journal->used && now >= journal->retry) svj_flush(journal, now, SVJ_AT_ONCE);
    for (is_rebuilt = 0;; is_rebuilt = 1) {
        svj_entry entry;
        svj_text text;
        int has_room = journal->size - journal->used > around;
        text.to = journal->buffer + (has_room ? journal->used + sizeof entry + SVJ_HEAD : 0);
        text.size = has_room ? journal->size - journal->used - around : 0; /* 0: it is only counted */
        text.used = 0;
        text.status = SIMVUE_JOURNAL_OK;
        svj_at(journal, &text, moment);
        build(&text, what);
        if (text.status != SIMVUE_JOURNAL_OK) return text.status;
        if (text.used + around > journal->size || text.used + SVJ_HEAD + SVJ_TAIL > SVJ_LONGEST_LINE)
            return SIMVUE_JOURNAL_ETOOLONG;
        if (text.used <= text.size) {
            entry.size = (uint32_t)(text.used + around);
            entry.length = (uint32_t)text.used;
            entry.start = 0;
            entry.kind = (uint8_t)kind;
            entry.worth = (uint8_t)svj_worth(kind);
            memcpy(journal->buffer + journal->used, &entry, sizeof entry);
            journal->used += entry.size;
            if (kind == SVJ_RUN) journal->is_run_ever = 1;
            break;
        }
        if (is_rebuilt || !svj_make_room(journal, text.used + around)) {
            journal->lost++;
            journal->lost_ever++;
            break;
        }
    }
    if (kind == SVJ_METRICS) journal->steps++;
    status = now < journal->retry ? SIMVUE_JOURNAL_EDISK : svj_flush(journal, now, SVJ_AT_ONCE);
    if (status == SIMVUE_JOURNAL_OK && now - journal->synced >= journal->sync_after) {
        journal->synced = now;
        if (fsync(journal->fd) != 0 && errno != EINVAL) svj_warn(journal, errno);
    }
    return journal->lost_ever > lost ? SIMVUE_JOURNAL_ELOST : status;
}

static int svj_record(simvue_journal *journal, int kind, svj_build *build, const void *what) {
    int status = svj_enter(journal);
    if (status != SIMVUE_JOURNAL_OK) return status;
    status = svj_append(journal, kind, build, what);
    SVJ_UNLOCK(journal);
    return status;
}

/* -- the job of the process: the same key as the Python client makes with run_key="job" ---------------------------- */

static int svj_is_key(const char *text) {
    size_t length = strlen(text);
    return length >= 1 && length <= 64 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

static int svj_job_key(simvue_journal *journal) {
    char whole[512], digits[9] = "";
    const char *parts[4] = {NULL, NULL, NULL, NULL};
    size_t used = 0, place, longest = 58;
    int by_open_mpi = svj_variable("OMPI_COMM_WORLD_RANK") != NULL;
    const char *slurm = svj_variable("SLURM_JOB_ID");
    if (!slurm) slurm = svj_variable("SLURM_JOBID");
    if (slurm) {
        parts[0] = "slurm";
        parts[1] = svj_variable("SLURM_CLUSTER_NAME");
        parts[2] = slurm;
        if (!by_open_mpi) { /* under mpirun only the ranks of other nodes have a step */
            parts[3] = svj_variable("SLURM_STEP_ID");
            if (!parts[3]) parts[3] = svj_variable("SLURM_STEPID");
        }
    } else if (svj_variable("PBS_JOBID")) {
        parts[0] = "pbs";
        parts[1] = svj_variable("PBS_JOBID");
    } else if (svj_variable("LSB_JOBID")) {
        parts[0] = "lsf";
        parts[1] = svj_variable("LSB_JOBID");
        parts[2] = svj_variable("LSB_JOBINDEX");
        if (parts[2] && strcmp(parts[2], "0") == 0) parts[2] = NULL;
    } else if (by_open_mpi) {
        const char *address = svj_variable("OMPI_MCA_orte_hnp_uri");
        parts[0] = "ompi";
        parts[1] = svj_variable("OMPI_MCA_ess_base_jobid");
        if (!parts[1]) parts[1] = svj_variable("PMIX_NAMESPACE");
        if (!parts[1]) return SIMVUE_JOURNAL_ENOJOB;
        if (!address) address = "";
        svj_hexadecimal(digits, svj_crc(journal->crc, (const unsigned char *)address, strlen(address)), 8);
        parts[2] = digits;
    } else {
        return SIMVUE_JOURNAL_ENOJOB;
    }
    for (place = 0; place < 4; place++) {
        size_t length = parts[place] ? strlen(parts[place]) : 0;
        if (!length) continue;
        if (used + length + 2 > sizeof whole) return SIMVUE_JOURNAL_ENOJOB;
        if (used) whole[used++] = '-';
        memcpy(whole + used, parts[place], length);
        used += length;
    }
    if (used > longest) {
        svj_hexadecimal(digits, svj_crc(journal->crc, (const unsigned char *)whole, used), 8);
        whole[longest - 9] = '-';
        memcpy(whole + longest - 8, digits, 8);
        used = longest;
    }
    whole[used] = 0;
    for (place = 0; place < used; place++) {
        char one[2] = {whole[place], 0};
        if (!svj_is_key(one)) whole[place] = '-';
    }
    memcpy(journal->run_key, whole, used + 1);
    return SIMVUE_JOURNAL_OK;
}

static int svj_job_rank(void) {
    /* What starts the processes knows their numbers best; the scheduler's may be that of a daemon that does. */
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK",
                                        "PALS_RANKID", "JSM_NAMESPACE_RANK", "SLURM_PROCID"};
    size_t place;
    for (place = 0; place < sizeof names / sizeof *names; place++) {
        const char *text = svj_variable(names[place]);
        if (text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 10) return (int)strtol(text, NULL, 10);
    }
    return SIMVUE_JOURNAL_NO_RANK;
}

/* -- the interface ------------------------------------------------------------------------------------------------- */

void simvue_journal_defaults(simvue_journal_options *options) {
    memset(options, 0, sizeof *options);
    options->rank = SIMVUE_JOURNAL_NO_RANK;
}

static int64_t svj_nanoseconds(int64_t seconds, int64_t usual) {
    if (seconds == 0) seconds = usual;
    return seconds < 0 || seconds > INT64_MAX / SVJ_SECOND ? INT64_MAX : seconds * SVJ_SECOND;
}

int simvue_journal_open(simvue_journal *journal, const simvue_journal_options *options) {
    simvue_journal_options usual;
    const char *cache, *home = "";
    int64_t now;
    int status, number;
    if (journal == NULL) return SIMVUE_JOURNAL_EARGUMENT;
    memset(journal, 0, offsetof(simvue_journal, own));
    journal->fd = -1;
    if (options == NULL) {
        simvue_journal_defaults(&usual);
        options = &usual;
    }
    if (options->rank < SIMVUE_JOURNAL_RANK_FROM_JOB || options->rotate_bytes < 0 || options->rotate_seconds < -1 ||
        options->sync_seconds < -1 || (options->run_key && !svj_is_key(options->run_key)) ||
        (options->buffer && options->buffer_size < 4096) || (options->program && strlen(options->program) > 255))
        return SIMVUE_JOURNAL_EARGUMENT;
    cache = options->cache ? options->cache : svj_variable("SIMVUE_OFFLINE_DIRECTORY");
    if (cache == NULL) {
        home = svj_variable("HOME");
        if (home == NULL) return SIMVUE_JOURNAL_EPLACE;
        cache = "/.simvue";
    } else if (cache[0] != '/') { /* the program may change its directory later */
        if (getcwd(journal->path, SIMVUE_JOURNAL_PATH - 1) == NULL || !cache[0]) return SIMVUE_JOURNAL_EPLACE;
        home = strcat(journal->path, "/");
    }
    if (strlen(home) + strlen(cache) >= SIMVUE_JOURNAL_PATH) return SIMVUE_JOURNAL_EPLACE;
    svj_join(journal->cache, home, cache);
    journal->path[0] = 0;

    svj_crc_tables(journal->crc);
    journal->pid = (int64_t)getpid();
    journal->with_crc = !options->without_crc;
    journal->is_quiet = options->quiet;
    journal->rank = options->rank == SIMVUE_JOURNAL_RANK_FROM_JOB ? svj_job_rank() : options->rank;
    journal->rotate_bytes = options->rotate_bytes ? options->rotate_bytes : 64 << 20;
    journal->rotate_after = svj_nanoseconds(options->rotate_seconds, 86400);
    journal->sync_after = svj_nanoseconds(options->sync_seconds, 15);
    journal->second = -1;
    if (options->program) svj_join(journal->program, options->program, "");
    journal->buffer = options->buffer ? (unsigned char *)options->buffer : journal->own;
    journal->size = options->buffer ? options->buffer_size : sizeof journal->own;
    if (journal->size > SVJ_MOST_MEMORY) journal->size = SVJ_MOST_MEMORY;
    if (options->run_key) {
        svj_join(journal->run_key, options->run_key, "");
    } else if (options->run_from_job) {
        status = svj_job_key(journal);
        if (status != SIMVUE_JOURNAL_OK) return status;
    } else {
        svj_uuid(journal, journal->run_key);
    }
#ifdef SIMVUE_JOURNAL_THREADS
    if (pthread_mutex_init((pthread_mutex_t *)(void *)&journal->lock, NULL) != 0) return SIMVUE_JOURNAL_EARGUMENT;
#endif
    journal->started = svj_moment(journal);
    journal->is_open = 1;
    journal->mark = SVJ_MARK;
    now = journal->born = journal->synced = svj_ticks();
    number = svj_create(journal, now);
    return number == 0 ? SIMVUE_JOURNAL_OK : svj_fail(journal, now, number);
}

static void svj_system(svj_text *text) {
    char directory[4097], host[256];
    struct utsname machine;
    svj_say(text, ",\"system\":{\"cwd\":");
    svj_quote(text, getcwd(directory, sizeof directory) ? directory : "", 0, 0);
    if (gethostname(host, sizeof host) == 0) {
        host[sizeof host - 1] = 0;
        svj_member(text, ",\"hostname\":", host, 0, 0);
    }
    if (uname(&machine) >= 0) {
        svj_member(text, ",\"platform\":{\"system\":", machine.sysname, 0, 0);
        svj_member(text, ",\"release\":", machine.release, 0, 0);
        svj_member(text, ",\"version\":", machine.version, 0, 0);
        svj_member(text, "},\"cpu\":{\"arch\":", machine.machine, 0, 0);
        svj_put(text, "}", 1);
    }
    svj_put(text, "}", 1);
}

static const char svj_statuses[] = "created\0running\0completed\0failed\0terminated\0";

static void svj_build_run(svj_text *text, const void *what) {
    const simvue_journal_run_info *info = (const simvue_journal_run_info *)what;
    const char *id = info->server_id;
    svj_member(text, ",\"name\":", info->name, 1, 250);
    if (info->folder && info->folder[0] != '/') svj_wrong(text);
    svj_member(text, ",\"folder\":", info->folder, 1, 0);
    svj_member(text, ",\"description\":", info->description, 0, 0);
    if (info->tags_count) svj_strings(text, ",\"tags\":", info->tags_count, info->tags, 250);
    if (info->metadata_count) svj_object(text, ",\"metadata\":", info->metadata_count, info->metadata);
    svj_choice(text, ",\"status\":", info->status, svj_statuses);
    svj_choice(text, ",\"notification\":", info->notification, "none\0all\0error\0lost\0");
    svj_duration(text, ",\"retention\":", info->retention);
    svj_duration(text, ",\"timeout\":", info->timeout);
    if (info->users_count) {
        if (info->visibility) svj_wrong(text);
        svj_strings(text, ",\"visibility\":", info->users_count, info->users, 0);
    } else {
        svj_choice(text, ",\"visibility\":", info->visibility, "public\0tenant\0");
    }
    if (!info->without_system) svj_system(text);
    if (id && (!svj_is_key(id) || strchr(id, '.'))) svj_wrong(text);
    svj_member(text, ",\"server_id\":", id, 1, 64);
}

int simvue_journal_run(simvue_journal *journal, const simvue_journal_run_info *info) {
    simvue_journal_run_info nothing;
    memset(&nothing, 0, sizeof nothing);
    return svj_record(journal, SVJ_RUN, svj_build_run, info ? info : &nothing);
}

typedef struct svj_series { /* what metrics and tensor records are made of */
    const simvue_journal *journal;
    const char *const *names;
    const double *values;
    size_t count, columns;
    int64_t step, tensors;
    double time;
} svj_series;

static void svj_build_when(svj_text *text, const svj_series *series) {
    if (series->step != SIMVUE_JOURNAL_NO_STEP) svj_count(text, ",\"step\":", series->step, 0);
    else svj_count(text, ",\"step\":", series->journal->steps, 0);
    if (series->time > SIMVUE_JOURNAL_NO_TIME || series->time < SIMVUE_JOURNAL_NO_TIME) {
        svj_finite(text, ",\"time\":", series->time);
    } else if (series->time != series->time) {
        svj_wrong(text);
    } else { /* both times were read from one clock, in microseconds */
        int64_t since = series->journal->last - series->journal->started;
        char micro[7] = ".";
        svj_count(text, ",\"time\":", since / 1000000, 0);
        svj_two(micro + 1, since / 10000);
        svj_two(micro + 3, since / 100);
        svj_two(micro + 5, since);
        svj_put(text, micro, 7);
    }
}

static void svj_build_metrics(svj_text *text, const void *what) {
    const svj_series *series = (const svj_series *)what;
    size_t place;
    if (series->count == 0 || !series->names || !series->values ||
        !svj_are_different(series->names, sizeof *series->names, series->count)) {
        svj_wrong(text);
        return;
    }
    svj_put(text, ",\"values\":", 10);
    for (place = 0; place < series->count; place++) {
        svj_put(text, place ? "," : "{", 1);
        svj_name(text, series->names[place], ":");
        svj_double(text, series->values[place]);
    }
    svj_put(text, "}", 1);
    svj_build_when(text, series);
}

int simvue_journal_metrics(simvue_journal *journal, size_t count, const char *const *names, const double *values,
                           int64_t step, double time) {
    svj_series series;
    memset(&series, 0, sizeof series);
    series.journal = journal;
    series.names = names;
    series.values = values;
    series.count = count;
    series.step = step;
    series.time = time;
    return svj_record(journal, SVJ_METRICS, svj_build_metrics, &series);
}

int simvue_journal_metric(simvue_journal *journal, const char *name, double value, int64_t step, double time) {
    return simvue_journal_metrics(journal, 1, &name, &value, step, time);
}

static void svj_build_tensor(svj_text *text, const void *what) {
    const svj_series *series = (const svj_series *)what;
    size_t rows = series->count, row;
    if (!series->names[0] || !series->values || series->columns < 1 || series->columns > 50000 ||
        (rows && series->columns > 50000 / rows)) {
        svj_wrong(text);
        return;
    }
    svj_say(text, ",\"metric\":");
    svj_name(text, series->names[0], "");
    svj_say(text, ",\"array\":");
    for (row = 0; row < rows; row++) {
        svj_put(text, row ? "," : "[", 1);
        svj_numbers(text, series->columns, series->values + row * series->columns, 0);
    }
    if (rows) svj_put(text, "]", 1);
    else svj_numbers(text, series->columns, series->values, 0);
    svj_build_when(text, series);
}

int simvue_journal_tensor(simvue_journal *journal, const char *metric, size_t rows, size_t columns,
                          const double *values, int64_t step, double time) {
    svj_series series;
    memset(&series, 0, sizeof series);
    series.journal = journal;
    series.names = &metric;
    series.values = values;
    series.count = rows;
    series.columns = columns;
    series.step = step;
    series.time = time;
    return svj_record(journal, SVJ_TENSOR, svj_build_tensor, &series);
}

typedef struct svj_axes {
    const char *name, *label[2];
    const double *ticks[2];
    size_t count[2], metrics_count;
    const char *const *metrics;
} svj_axes;

static void svj_build_grid(svj_text *text, const void *what) {
    const svj_axes *axes = (const svj_axes *)what;
    int number = axes->ticks[1] ? 2 : 1, axis;
    size_t place;
    svj_say(text, ",\"name\":");
    svj_quote(text, axes->name, 1, 250);
    svj_strings(text, ",\"labels\":", (size_t)number, axes->label, 0);
    svj_say(text, ",\"ticks\":");
    for (axis = 0; axis < number; axis++) {
        svj_put(text, axis ? "," : "[", 1);
        if (axes->ticks[axis] && axes->count[axis]) svj_numbers(text, axes->count[axis], axes->ticks[axis], 1);
        else svj_wrong(text);
    }
    svj_say(text, "],\"metrics\":[");
    for (place = 0; place < axes->metrics_count && axes->metrics; place++) {
        if (place) svj_put(text, ",", 1);
        svj_name(text, axes->metrics[place], "");
    }
    svj_put(text, "]", 1);
}

int simvue_journal_grid(simvue_journal *journal, const char *name, const char *label_x, size_t count_x,
                        const double *ticks_x, const char *label_y, size_t count_y, const double *ticks_y,
                        size_t metrics_count, const char *const *metrics) {
    svj_axes axes;
    axes.name = name;
    axes.label[0] = label_x;
    axes.label[1] = label_y;
    axes.ticks[0] = ticks_x;
    axes.ticks[1] = ticks_y;
    axes.count[0] = count_x;
    axes.count[1] = count_y;
    axes.metrics_count = metrics_count;
    axes.metrics = metrics;
    return svj_record(journal, SVJ_GRID, svj_build_grid, &axes);
}

typedef struct svj_words { /* what the short records are made of */
    const char *text[3];
    size_t count;
    const void *list;
} svj_words;

static int svj_record_words(simvue_journal *journal, int kind, svj_build *build, const char *a, const char *b,
                            const char *c, size_t count, const void *list) {
    svj_words words;
    words.text[0] = a;
    words.text[1] = b;
    words.text[2] = c;
    words.count = count;
    words.list = list;
    return svj_record(journal, kind, build, &words);
}

static void svj_build_event(svj_text *text, const void *what) {
    const svj_words *words = (const svj_words *)what;
    svj_say(text, ",\"message\":");
    svj_quote(text, words->text[1], 0, 0);
    svj_choice(text, ",\"log_level\":", words->text[0], "debug\0info\0warning\0error\0critical\0");
}

int simvue_journal_event(simvue_journal *journal, const char *level, const char *message) {
    return svj_record_words(journal, SVJ_EVENT, svj_build_event, level, message, NULL, 0, NULL);
}

static void svj_build_metadata(svj_text *text, const void *what) {
    const svj_words *words = (const svj_words *)what;
    svj_object(text, ",\"values\":", words->count, (const simvue_journal_value *)words->list);
}

int simvue_journal_metadata(simvue_journal *journal, size_t count, const simvue_journal_value *values) {
    return svj_record_words(journal, SVJ_METADATA, svj_build_metadata, NULL, NULL, NULL, count, values);
}

static void svj_build_tags(svj_text *text, const void *what) {
    const svj_words *words = (const svj_words *)what;
    svj_strings(text, words->text[0], words->count, (const char *const *)words->list, 250);
}

int simvue_journal_tags_add(simvue_journal *journal, size_t count, const char *const *tags) {
    return svj_record_words(journal, SVJ_TAGS, svj_build_tags, ",\"add\":", NULL, NULL, count, tags);
}

int simvue_journal_tags_set(simvue_journal *journal, size_t count, const char *const *tags) {
    return svj_record_words(journal, SVJ_TAGS, svj_build_tags, ",\"set\":", NULL, NULL, count, tags);
}

static void svj_build_folder(svj_text *text, const void *what) {
    const simvue_journal_folder_info *info = (const simvue_journal_folder_info *)what;
    if (!info->path || info->path[0] != '/') svj_wrong(text);
    svj_member(text, ",\"path\":", info->path, 1, 0);
    svj_member(text, ",\"description\":", info->description, 0, 0);
    if (info->tags_count) svj_strings(text, ",\"tags\":", info->tags_count, info->tags, 250);
    if (info->metadata_count) svj_object(text, ",\"metadata\":", info->metadata_count, info->metadata);
    svj_duration(text, ",\"retention\":", info->retention);
}

int simvue_journal_folder(simvue_journal *journal, const simvue_journal_folder_info *info) {
    return info ? svj_record(journal, SVJ_FOLDER, svj_build_folder, info) : SIMVUE_JOURNAL_EARGUMENT;
}

static void svj_build_alert(svj_text *text, const void *what) {
    const simvue_journal_alert_info *info = (const simvue_journal_alert_info *)what;
    const char *source = info->source ? info->source : "";
    if (info->id) {
        if (info->name || info->source) svj_wrong(text);
        svj_member(text, ",\"id\":", info->id, 1, 250);
        return;
    }
    svj_say(text, ",\"name\":");
    svj_quote(text, info->name, 1, 250);
    svj_choice(text, ",\"source\":", source, "events\0metrics\0user\0");
    if (strcmp(source, "events") == 0) {
        svj_say(text, ",\"pattern\":");
        svj_quote(text, info->pattern, 0, 0);
    }
    if (strcmp(source, "metrics") == 0) {
        svj_say(text, ",\"metric\":");
        svj_quote(text, info->metric, 0, 0);
        svj_choice(text, ",\"rule\":", info->rule ? info->rule : "",
                   "is above\0is below\0is inside range\0is outside range\0");
        if (info->rule && strstr(info->rule, "range")) {
            svj_finite(text, ",\"range_low\":", info->range_low);
            svj_finite(text, ",\"range_high\":", info->range_high);
            if (!(info->range_low < info->range_high)) svj_wrong(text);
        } else {
            svj_finite(text, ",\"threshold\":", info->threshold);
        }
        svj_choice(text, ",\"aggregation\":", info->aggregation, "average\0sum\0at least one\0all\0");
    }
    if (info->window) svj_count(text, ",\"window\":", info->window, 1);
    if (info->frequency) svj_count(text, ",\"frequency\":", info->frequency, 1);
    svj_choice(text, ",\"notification\":", info->notification, "none\0email\0");
    svj_member(text, ",\"description\":", info->description, 0, 0);
    if (info->abort_run) svj_say(text, ",\"abort\":true");
    if (info->disabled) svj_say(text, ",\"enabled\":false");
}

int simvue_journal_alert(simvue_journal *journal, const simvue_journal_alert_info *info) {
    return info ? svj_record(journal, SVJ_ALERT, svj_build_alert, info) : SIMVUE_JOURNAL_EARGUMENT;
}

static void svj_build_alert_state(svj_text *text, const void *what) {
    const svj_words *words = (const svj_words *)what;
    if (!words->text[0] == !words->text[1] || !words->text[2]) svj_wrong(text);
    svj_member(text, ",\"name\":", words->text[0], 1, 250);
    svj_member(text, ",\"id\":", words->text[1], 1, 250);
    svj_choice(text, ",\"state\":", words->text[2], "ok\0critical\0");
}

int simvue_journal_alert_state(simvue_journal *journal, const char *name, const char *id, const char *state) {
    return svj_record_words(journal, SVJ_ALERT_STATE, svj_build_alert_state, name, id, state, 0, NULL);
}

static void svj_build_nothing(svj_text *text, const void *what) {
    (void)text;
    (void)what;
}

int simvue_journal_heartbeat(simvue_journal *journal) {
    return svj_record(journal, SVJ_HEARTBEAT, svj_build_nothing, NULL);
}

static void svj_build_status(svj_text *text, const void *what) {
    const svj_words *words = (const svj_words *)what;
    svj_choice(text, ",\"status\":", words->text[0] ? words->text[0] : "", svj_statuses);
    svj_member(text, ",\"reason\":", words->text[1], 0, 0);
}

int simvue_journal_status(simvue_journal *journal, const char *status, const char *reason) {
    return svj_record_words(journal, SVJ_STATUS, svj_build_status, status, reason, NULL, 0, NULL);
}

/* -- artifacts ----------------------------------------------------------------------------------------------------- */

typedef struct svj_content {
    const simvue_journal_artifact_info *info;
    const char *name, *path;
    int64_t size;
    int is_stored;
    char sha256[65];
} svj_content;

/* Whether a media type is two parts of characters other than blanks, control characters and slashes (REC-086). */
static int svj_is_mimetype(const char *type) {
    const char *at = type, *slash = strchr(type, '/');
    if (!slash || slash == type || !slash[1] || strchr(slash + 1, '/')) return 0;
    while (*at > 0x20 && *at < 0x7f) at++;
    return *at == 0;
}

static void svj_build_artifact(svj_text *text, const void *what) {
    const svj_content *content = (const svj_content *)what;
    const simvue_journal_artifact_info *info = content->info;
    svj_say(text, ",\"name\":");
    svj_quote(text, content->name, 1, 250);
    svj_choice(text, ",\"category\":", info->category ? info->category : "", "input\0output\0code\0");
    svj_member(text, ",\"path\":", content->path, 1, 4096);
    if (content->is_stored) svj_say(text, ",\"stored\":true");
    svj_count(text, ",\"size\":", content->size, 0);
    svj_member(text, ",\"sha256\":", content->sha256, 0, 0);
    if (info->mimetype && !svj_is_mimetype(info->mimetype)) svj_wrong(text);
    svj_member(text, ",\"mimetype\":", info->mimetype, 1, 0);
    if (info->metadata_count) svj_object(text, ",\"metadata\":", info->metadata_count, info->metadata);
}

/* Read content from `from`, or from memory, for its size and SHA-256, and copy it to `to` unless that is negative. */
static int svj_read(svj_content *content, int from, const void *data, size_t size, int to) {
    unsigned char piece[8192];
    svj_sha sha;
    svj_sha_begin(&sha);
    for (;;) {
        const unsigned char *at = from >= 0 ? piece : (const unsigned char *)data;
        ssize_t got = from >= 0 ? read(from, piece, sizeof piece) : (ssize_t)(size < (1u << 20) ? size : 1u << 20);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        svj_sha_add(&sha, at, (size_t)got);
        if (from < 0) {
            data = at + got;
            size -= (size_t)got;
        }
        while (to >= 0 && got > 0) {
            ssize_t put = write(to, at, (size_t)got);
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) return -1;
            at += put;
            got -= put;
        }
    }
    content->size = (int64_t)sha.size;
    svj_sha_end(&sha, content->sha256);
    return 0;
}

/* Put content aside as artifacts/<sha256>, which appears when it is complete and on the device (REC-088). */
static int svj_store(const simvue_journal *journal, svj_content *content, int from, const void *data, size_t size) {
    char temporary[SIMVUE_JOURNAL_PATH + 128], final[SIMVUE_JOURNAL_PATH + 128], name[48] = "/.";
    int to, status = -1;
    struct rlimit limit;
    struct stat facts;
    int64_t bytes = (int64_t)size;
    if (from >= 0) bytes = fstat(from, &facts) == 0 ? (int64_t)facts.st_size : 0;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < (rlim_t)bytes) return -1; /* a signal otherwise */
    svj_join(final, journal->cache, "/artifacts");
    if (svj_make_directory(journal->cache) != 0 || svj_make_directory(final) != 0) return -1;
    svj_uuid(journal, name + 2);
    svj_join(temporary, final, name);
    svj_join(temporary, temporary, ".new");
    to = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0) return -1;
    if (svj_read(content, from, data, size, to) == 0 && fsync(to) == 0) {
        svj_join(final, final, "/");
        svj_join(final, final, content->sha256);
        status = rename(temporary, final);
    }
    if (status != 0) unlink(temporary);
    if (close(to) != 0 && errno != EINTR && status == 0) status = -1;
    content->is_stored = status == 0;
    return status;
}

static int svj_artifact(simvue_journal *journal, const simvue_journal_artifact_info *info, const void *data,
                        size_t size, int is_file) {
    char resolved[PATH_MAX];
    svj_content content;
    struct stat facts;
    int status = svj_enter(journal), fd = -1;
    if (status != SIMVUE_JOURNAL_OK) return status;
    SVJ_UNLOCK(journal); /* reading can take long, and needs nothing that changes */
    if (info == NULL || (is_file ? info->path == NULL : info->name == NULL || (data == NULL && size)))
        return SIMVUE_JOURNAL_EARGUMENT;
    memset(&content, 0, sizeof content);
    content.info = info;
    content.name = info->name ? info->name : info->path;
    if (is_file) {
        /* A sender opens no link, and the program may change its directory. */
        const unsigned char *at;
        if (realpath(info->path, resolved) == NULL) return SIMVUE_JOURNAL_EFILE;
        for (at = (const unsigned char *)resolved; *at;) {
            int is_good;
            at += svj_character(at, strlen((const char *)at), &is_good);
            if (!is_good) return SIMVUE_JOURNAL_EARGUMENT; /* a path with another letter is another path */
        }
        content.path = resolved;
        fd = open(resolved, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) return SIMVUE_JOURNAL_EFILE;
        if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
            close(fd);
            return SIMVUE_JOURNAL_EFILE;
        }
    }
    if (!is_file || info->stored) status = svj_store(journal, &content, fd, data, size);
    else status = svj_read(&content, fd, NULL, 0, -1);
    if (fd >= 0) close(fd);
    if (status != 0) return SIMVUE_JOURNAL_EFILE;
    return svj_record(journal, SVJ_ARTIFACT, svj_build_artifact, &content);
}

int simvue_journal_artifact(simvue_journal *journal, const simvue_journal_artifact_info *info) {
    return svj_artifact(journal, info, NULL, 0, 1);
}

int simvue_journal_artifact_bytes(simvue_journal *journal, const simvue_journal_artifact_info *info, const void *data,
                                  size_t size) {
    return svj_artifact(journal, info, data, size, 0);
}

/* -- the end ------------------------------------------------------------------------------------------------------- */

int simvue_journal_rotate(simvue_journal *journal) {
    int status = svj_enter(journal);
    if (status != SIMVUE_JOURNAL_OK) return status;
    journal->rotation_wanted = 1;
    status = svj_flush(journal, svj_ticks(), INT_MAX);
    SVJ_UNLOCK(journal);
    return status;
}

int simvue_journal_sync(simvue_journal *journal) {
    int status = svj_enter(journal);
    int64_t now;
    if (status != SIMVUE_JOURNAL_OK) return status;
    now = svj_ticks();
    status = svj_flush(journal, now, INT_MAX);
    if (journal->fd >= 0) {
        journal->synced = now;
        if (fsync(journal->fd) != 0 && errno != EINVAL && status == SIMVUE_JOURNAL_OK)
            status = svj_fail(journal, now, errno);
    }
    SVJ_UNLOCK(journal);
    return status;
}

int simvue_journal_close(simvue_journal *journal, const char *status, const char *reason) {
    char room[32];
    svj_text check;
    int64_t until;
    int result = svj_enter(journal);
    if (result != SIMVUE_JOURNAL_OK) return result;
    check.to = (unsigned char *)room;
    check.size = sizeof room;
    check.used = 0;
    check.status = SIMVUE_JOURNAL_OK;
    svj_choice(&check, "", status, "completed\0failed\0terminated\0");
    if (check.status == SIMVUE_JOURNAL_OK && reason && strlen(reason) > 900) check.status = SIMVUE_JOURNAL_ETOOLONG;
    if (check.status != SIMVUE_JOURNAL_OK) {
        SVJ_UNLOCK(journal);
        return check.status;
    }
    until = svj_ticks() + 2 * SVJ_SECOND;
    journal->retry = 0;
    journal->end_status = status;
    journal->end_reason = reason;
    journal->ending = 1;
    for (;;) {
        struct timespec pause = {0, 20000000};
        result = svj_flush(journal, svj_ticks(), INT_MAX);
        if (!journal->is_open || svj_ticks() >= until) break;
        nanosleep(&pause, NULL);
    }
    if (journal->is_open) { /* what waits goes with the program */
        svj_entry entry;
        for (; journal->first < journal->used; journal->first += entry.size) {
            memcpy(&entry, journal->buffer + journal->first, sizeof entry);
            journal->lost_ever++;
        }
        if (journal->fd >= 0) close(journal->fd);
        journal->fd = -1;
        journal->is_open = 0;
        result = SIMVUE_JOURNAL_ELOST;
    }
    SVJ_UNLOCK(journal);
    return result;
}

const char *simvue_journal_path(const simvue_journal *journal) {
    return journal && journal->mark == SVJ_MARK ? journal->path : "";
}

const char *simvue_journal_run_key(const simvue_journal *journal) {
    return journal && journal->mark == SVJ_MARK ? journal->run_key : "";
}

int64_t simvue_journal_lost(simvue_journal *journal) {
    int64_t lost;
    if (!journal || journal->mark != SVJ_MARK) return 0;
    if (journal->pid != (int64_t)getpid()) return 0;
    SVJ_LOCK(journal);
    lost = journal->lost_ever;
    SVJ_UNLOCK(journal);
    return lost;
}

const char *simvue_journal_strerror(int status) {
    static const char *const lines[] = {
        "ok",
        "not recorded: the journal's format does not allow an argument",
        "not recorded: the record is longer than the buffer, or than 1 MiB",
        "the journal cannot be written for now: the record is kept in memory and written later",
        "the journal cannot be written and the memory is full: records were dropped, and are counted",
        "not recorded: the handle is not open",
        "not recorded: a forked child opens a journal of its own",
        "not recorded: the artifact's file cannot be read or put aside",
        "not open: the process belongs to no job of Slurm, PBS, LSF or Open MPI",
        "not open: no cache directory is named, or its path is too long",
    };
    if (status > 0 || status < SIMVUE_JOURNAL_EPLACE) return "an unknown status";
    return lines[-status];
}

#endif /* SIMVUE_JOURNAL_IMPLEMENTATION */
