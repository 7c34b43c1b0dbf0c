/* What the load client counts, and how it tells it: latencies, when the first and the last client had a message. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>

typedef int64_t Ns;
enum { SLOTS = 1 << 20, BUCKETS = 200000, BUCKET_NS = 10000 };

/* One message or seq: `stamp` is when it was sent (1 for a seq), `count` how many clients had it. */
typedef struct {
    Ns stamp, first, last;
    uint32_t count;
} Slot;

static Slot *slots;
static uint32_t *latencies;
static int64_t highest;

static Ns now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int tally_begun(void) {
    slots = calloc(SLOTS, sizeof *slots);
    latencies = calloc(BUCKETS, sizeof *latencies);
    return slots && latencies;
}

static void note(int64_t which, Ns stamp, Ns at) {
    Slot *slot = &slots[which % SLOTS];
    if (slot->stamp != stamp) *slot = (Slot){.stamp = stamp, .first = at};
    slot->count++;
    slot->last = at;
    if (which > highest) highest = which;
}

static void note_latency(Ns took) {
    int64_t bucket = took < 0 ? 0 : took / BUCKET_NS;
    latencies[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

static double latency_ms(double share) {
    uint64_t all = 0, sum = 0;
    for (int i = 0; i < BUCKETS; i++) all += latencies[i];
    for (int i = 0; i < BUCKETS; i++)
        if (all && (double)(sum += latencies[i]) >= share * (double)all) return (i + 1) * (BUCKET_NS / 1e6);
    return -1;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How long messages took to the last of `clients`, counting those that reached them all. */
static void tell_last(uint32_t clients) {
    double *took = calloc(SLOTS, sizeof *took);
    size_t whole = 0;
    if (!took) exit(3);
    for (int i = 0; i < SLOTS; i++)
        if (slots[i].count >= clients) took[whole++] = (double)(slots[i].last - slots[i].stamp) / 1e6;
    qsort(took, whole, sizeof *took, by_size);
    printf(",\"whole\":%zu,\"last_p50_ms\":%.3f,\"last_p99_ms\":%.3f", whole, whole ? took[whole / 2] : -1,
           whole ? took[whole * 99 / 100] : -1);
    free(took);
}

/* [seq, clients, first ns, last ns] of each. */
static void tell_seqs(void) {
    const char *between = "";
    printf(",\"reached\":[");
    for (int64_t seq = highest >= SLOTS ? highest - SLOTS + 1 : 0; seq <= highest; seq++) {
        Slot *slot = &slots[seq % SLOTS];
        if (!slot->count) continue;
        printf("%s[%ld,%u,%ld,%ld]", between, (long)seq, slot->count, (long)slot->first, (long)slot->last);
        between = ",";
    }
    printf("]");
}
