/* Looks for text and numbers that simvue_journal.h does not write as JSON has them.
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -o fuzz fuzz.c && ./fuzz -max_total_time=60
 *     cc -O2 -DROUNDS=1000000 -o rounds fuzz.c && ./rounds      the same checks on random input, without libFuzzer */
#define SIMVUE_JOURNAL_IMPLEMENTATION
#include "simvue_journal.h"

#include <stdio.h>

#define CHECK(what) ((what) ? (void)0 : fail(#what, __LINE__))

static void fail(const char *what, int line) {
    fprintf(stderr, "fuzz.c:%d: not so: %s\n", line, what);
    abort();
}

/* What a reader makes of escaped text: as many characters as are announced, in so many bytes, none of them NUL. */
static void check_text(const unsigned char *data, size_t size) {
    static unsigned char out[6 * 8192 + 16];
    size_t at = 0, characters = 0, bytes = 0, said, said_bytes;
    svj_text text;
    if (size > 8192) size = 8192;
    text.to = out;
    text.size = sizeof out;
    text.used = 0;
    text.status = SIMVUE_JOURNAL_OK;
    said = svj_escape(&text, (const char *)data, size, &said_bytes);
    CHECK(text.used <= 6 * size);
    while (at < text.used) {
        int is_good;
        size_t length = svj_character(out + at, text.used - at, &is_good);
        CHECK(is_good && out[at] >= 0x20 && out[at] != '"');
        if (out[at] == '\\') {
            CHECK(at + 1 < text.used && strchr("\"\\bfnrtu", out[at + 1]));
            if (out[at + 1] == 'u') {
                CHECK(at + 5 < text.used && memcmp(out + at + 2, "00", 2) == 0 && memcmp(out + at + 2, "0000", 4) != 0);
                length = 6;
            } else {
                length = 2;
            }
            bytes++;
        } else {
            bytes += length;
        }
        at += length;
        characters++;
    }
    CHECK(at == text.used && characters == said && bytes == said_bytes);

    { /* in too little room nothing is written beyond it, and the size is counted all the same */
        size_t whole = text.used, room = size ? data[0] % (whole + 1) : 0;
        unsigned char guard;
        memset(out, 0xaa, sizeof out);
        text.size = room;
        text.used = 0;
        svj_escape(&text, (const char *)data, size, &said_bytes);
        CHECK(text.used == whole);
        for (guard = 0; guard < 16; guard++) CHECK(out[room + guard] == 0xaa);
    }
}

static void check_number(uint64_t bits) {
    char out[48];
    const char *at = out;
    double value, again;
    svj_text text;
    memcpy(&value, &bits, sizeof value);
    text.to = (unsigned char *)out;
    text.size = sizeof out - 1;
    text.used = 0;
    text.status = SIMVUE_JOURNAL_OK;
    svj_double(&text, value);
    CHECK(text.used <= 25);
    out[text.used] = 0;
    if (!svj_is_finite(value)) {
        CHECK(strcmp(out, value != value ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"") == 0);
        return;
    }
    again = strtod(out, NULL);
    CHECK(memcmp(&again, &value, sizeof value) == 0);
    if (*at == '-') at++; /* the grammar of RFC 8259 */
    CHECK(*at >= '0' && *at <= '9' && !(at[0] == '0' && at[1] >= '0' && at[1] <= '9'));
    at += strspn(at, "0123456789");
    if (*at == '.') {
        CHECK(strspn(at + 1, "0123456789") > 0);
        at += 1 + strspn(at + 1, "0123456789");
    }
    if (*at == 'e') {
        at += at[1] == '-' ? 2 : 1;
        CHECK(strspn(at, "0123456789") > 0);
        at += strspn(at, "0123456789");
    }
    CHECK(*at == 0);
}

/* Two keys are the same if and only if the same is written for them (FRM-021). */
static void check_keys(const unsigned char *data, size_t size) {
    char one[64], other[64];
    unsigned char a[400], b[400];
    size_t half = size / 2 < 60 ? size / 2 : 60, bytes;
    svj_text first, second;
    int is_same;
    memcpy(one, data, half);
    memcpy(other, data + half, half);
    one[half] = other[half] = 0;
    first.to = a;
    second.to = b;
    first.size = second.size = sizeof a;
    first.used = second.used = 0;
    first.status = second.status = SIMVUE_JOURNAL_OK;
    svj_escape(&first, one, strlen(one), &bytes);
    svj_escape(&second, other, strlen(other), &bytes);
    is_same = first.used == second.used && memcmp(a, b, first.used) == 0;
    CHECK(svj_is_same(one, other) == is_same);
    if (is_same) CHECK(svj_hash(one) == svj_hash(other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    size_t at;
    check_text(data, size);
    check_keys(data, size);
    for (at = 0; at + 8 <= size; at += 8) {
        uint64_t bits;
        memcpy(&bits, data + at, 8);
        check_number(bits);
    }
    return 0;
}

#ifdef ROUNDS
static uint64_t next_random(uint64_t *state) { /* xorshift64* */
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

int main(void) {
    static const unsigned char pieces[] = {'a', '"', '\\', '\n', 1, 0x7f, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xed, 0xa0,
                                           0x80, 0xf0, 0x9f, 0x98, 0x80, 0xf4, 0x90, 0xc0, 0xff, 0, 0xef, 0xbf, 0xbd};
    uint64_t state = 88172645463325252u;
    int64_t round;
    int power;
    for (power = 0; power < 2047; power++) { /* at and around each power of two */
        uint64_t bits = (uint64_t)power << 52;
        check_number(bits);
        check_number(bits + 1);
        check_number(bits | ((UINT64_C(1) << 52) - 1));
        check_number(bits | UINT64_C(1) << 63);
    }
    for (round = 0; round < ROUNDS; round++) {
        unsigned char text[24];
        uint64_t bits = next_random(&state);
        double value = (double)(int64_t)(bits >> (bits & 63)) / 1000.0;
        size_t place;
        check_number(bits);
        memcpy(&bits, &value, sizeof bits);
        check_number(bits);
        for (place = 0; place < sizeof text; place++) text[place] = pieces[next_random(&state) % sizeof pieces];
        if (round % 8 == 0) {
            check_text(text, sizeof text);
            check_keys(text, sizeof text);
            memcpy(text + 12, text, 12);
            text[12] ^= round % 16 == 0;
            check_keys(text, sizeof text);
        }
    }
    return 0;
}
#endif
