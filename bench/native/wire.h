/* Reading what came in: words in a text, numbers, and the head of a websocket frame. */
#include <stdint.h>
#include <string.h>

static const uint8_t *find(const uint8_t *data, size_t size, const char *needle) {
    const uint8_t *found = memmem(data, size, needle, strlen(needle));
    return found ? found + strlen(needle) : NULL;
}

static int64_t number(const uint8_t *at, const uint8_t *end) {
    int64_t value = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
    return value;
}

/* Bytes of the frame's head and, in `length`, of its payload; 0 while it is not all there. */
static size_t frame_head(const uint8_t *frame, size_t left, uint64_t *length) {
    if (left < 2) return 0;
    *length = frame[1] & 127;
    size_t head = *length == 127 ? 10 : *length == 126 ? 4 : 2;
    if (left < head) return 0;
    if (head > 2) *length = 0;
    for (size_t i = 2; i < head; i++) *length = *length << 8 | frame[i];
    return left < head + *length ? 0 : head;
}
