#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#define PUT(...) (time(&now), strftime(at, 24, "%FT%TZ", gmtime(&now)), fprintf(file, __VA_ARGS__), fflush(file))
int main(void) {
    unsigned long long id; char at[24], path[4096]; time_t now; FILE *random = fopen("/dev/urandom", "rb"), *file;
    if (!random || fread(&id, sizeof id, 1, random) != 1) return 1;
    snprintf(path, sizeof path, "%s/journals/heat-%016llx.jsonl", getenv("SIMVUE_OFFLINE_DIRECTORY"), id);
    if (!(file = fopen(path, "wx"))) return 1; /* x: never a file that is there already */
    PUT("{\"kind\":\"header\",\"at\":\"%s\",\"format\":\"simvue-journal\",\"version\":\"1.0\","
        "\"journal\":\"heat-%016llx\",\"run\":\"heat-%016llx\",\"writer\":{}}\n", at, id, id);
    for (int i = 0; i < 3; i++)
        PUT("{\"kind\":\"metrics\",\"at\":\"%s\",\"values\":{\"loss\":%.17g},\"step\":%d}\n", at, 1.0 / (i + 3), i);
    PUT("{\"kind\":\"end\",\"at\":\"%s\",\"status\":\"completed\",\"records\":4}\n", at);
}
