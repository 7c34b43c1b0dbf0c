/* The load client: N websockets on one epoll thread. It counts what arrives and says when the last of them had it.
 *
 *   load -p PORT -u PATH -n N [-H "Name: value"]… [-S] [-q] [-g MICROSECONDS] [-r MILLISECONDS]
 *
 *   default  messages carry "t":<CLOCK_MONOTONIC ns>,"n":<number>: rate, latency, losses, time to the last client
 *   -q       frames carry "kind" and "seq": for every seq when the first and the last client had reached it, and how
 *            many of the bytes were heartbeats, which come by the clock
 *   -S       speak engine.io/socket.io
 *   -g       rest between two polls while measuring, so that reading does not compete with the server's writes
 *   -r       come back after a loss, after 300 ms, then twice as long each time, up to MILLISECONDS, all ± 30 %, with
 *            the cursor in the URL
 *
 * Prints one JSON object a line: {"event":"open"} when all are in (with -q: have heard hello), {"event":"back"} when
 * all are in again, {"event":"end"} at the end. On stdin: "m" begins the measurement, "q" or the end of file ends it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tally.h"
#include "wire.h"

enum State { AWAY, DIALLING, ASKING, GREETING, IN, LOST };
enum { READ_BYTES = 1 << 20, AT_ONCE = 64, FIRST_DELAY_MS = 300 };

typedef struct {
    int fd;
    enum State state;
    int current; /* has heard hello since it came (with -q) or is in */
    int tries;
    Ns due;
    int64_t at; /* the highest number or seq it had */
    uint8_t *rest;
    size_t held, room;
} Client;

static Client *clients;
static uint8_t *inbox;
static int total = 100, port, poller, socketio, by_seq, rest_us, back_ms;
static int underway, present, measuring, announced;
static const char *path = "/";
static char headers[8192], epoch[128];
static Ns began, measured_from, all_in;
static uint64_t messages, bytes, beats, losses, repeats, lost, refused, broken;

static void part(Client *c) {
    if (c->state == DIALLING || c->state == ASKING || c->state == GREETING) underway--, refused++;
    if (c->state == IN) lost++;
    if (c->current) present--, announced = 0;
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->current = 0;
    c->held = 0;
    c->state = LOST;
    if (back_ms) {
        int64_t wait = FIRST_DELAY_MS * (1LL << (c->tries < 8 ? c->tries : 8));
        double spread = 0.7 + 0.6 * drand48(), ms = spread * (double)(wait < back_ms ? wait : back_ms);
        c->tries++;
        c->due = now() + (Ns)((ms < back_ms ? ms : back_ms) * 1e6);
        c->state = AWAY;
    }
}

static void say(Client *c, int opcode, const void *data, size_t size) {
    uint8_t frame[6 + 125] = {(uint8_t)(0x80 | opcode), (uint8_t)(0x80 | (size > 125 ? 125 : size))};
    memcpy(frame + 6, data, size > 125 ? 125 : size); /* the mask is four zero bytes */
    if (send(c->fd, frame, 6 + (frame[1] & 127), MSG_NOSIGNAL) < 0) part(c);
}

static void is_current(Client *c, Ns at) {
    if (c->current) return;
    c->current = 1;
    c->tries = 0;
    present++;
    if (present == total) all_in = at;
}

static void enters(Client *c, Ns at) {
    underway--;
    c->state = IN;
    if (!by_seq) is_current(c, at);
}

static void stamped(Client *c, const uint8_t *data, const uint8_t *end, Ns at) {
    for (const uint8_t *t = data; (t = find(t, (size_t)(end - t), "\"t\":"));) {
        Ns sent = number(t, end);
        const uint8_t *n = find(t, (size_t)(end - t), "\"n\":");
        if (!n) return;
        int64_t which = number(n, end);
        if (c->at >= 0 && which > c->at + 1) losses += (uint64_t)(which - c->at - 1);
        if (c->at >= 0 && which <= c->at) repeats++;
        c->at = which;
        t = n;
        if (!measuring) continue;
        messages++;
        note_latency(at - sent);
        note(which, sent, at);
    }
}

static void reached(Client *c, int64_t seq, Ns at) {
    if (c->at < 0) c->at = seq; /* where it came in */
    while (c->at < seq) note(++c->at, 1, at);
}

static void framed(Client *c, const uint8_t *data, const uint8_t *end, Ns at) {
    size_t head = (size_t)(end - data) < 300 ? (size_t)(end - data) : 300;
    const uint8_t *kind = find(data, head, "\"kind\":\""), *seq = find(data, head, "\"seq\":");
    const uint8_t *name = find(data, head, "\"epoch\":\"");
    if (!kind || !seq || !name) return;
    messages += (uint64_t)measuring;
    if (!memcmp(kind, "hello", 5)) {
        const uint8_t *quote = memchr(name, '"', (size_t)(end - name));
        if (!epoch[0] && quote && quote - name < (long)sizeof epoch) memcpy(epoch, name, (size_t)(quote - name));
        reached(c, number(seq, end), at);
        is_current(c, at);
    } else if (!memcmp(kind, "heartbeat", 9)) {
        beats += measuring ? (uint64_t)(end - data) : 0;
    } else if (!memcmp(kind, "events", 6) || (!memcmp(kind, "patch", 5) && find(data, head, "\"lane\":\"state\""))) {
        reached(c, number(seq, end), at);
    }
}

static void message(Client *c, const uint8_t *data, size_t size, Ns at) {
    bytes += measuring ? size : 0;
    if (socketio && size && data[0] == '2') return say(c, 1, "3", 1);
    if (socketio && c->state == GREETING) {
        if (data[0] == '0') say(c, 1, "40", 2);
        else if (size > 1 && data[0] == '4' && data[1] == '0') enters(c, at);
        return;
    }
    (by_seq ? framed : stamped)(c, data, data + size, at);
}

/* Whole, unmasked frames; anything else is told as broken. Answers how many bytes were used. */
static size_t frames(Client *c, const uint8_t *data, size_t size, Ns at) {
    size_t used = 0, head;
    uint64_t length;
    while (c->fd >= 0 && (head = frame_head(data + used, size - used, &length))) {
        const uint8_t *f = data + used, *payload = f + head;
        int opcode = f[0] & 15, whole = (f[0] & 0xf0) == 0x80 && !(f[1] & 0x80);
        used += head + length;
        if (!whole) broken++;
        else if (opcode == 1 || opcode == 2) message(c, payload, length, at);
        else if (opcode == 9) say(c, 10, payload, length);
        else if (opcode == 8) part(c);
    }
    return used;
}

/* The bytes of the answer's head once it is whole; 0 before. A refusal ends the client. */
static size_t greeted(Client *c, const uint8_t *data, size_t size, Ns at) {
    const uint8_t *end = find(data, size, "\r\n\r\n");
    if (!end) return 0;
    if (memcmp(data, "HTTP/1.1 101", 12) || !find(data, size, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) {
        if (!back_ms && refused < 3) fprintf(stderr, "refused: %.*s\n", (int)(size > 200 ? 200 : size), data);
        part(c);
        return 0;
    }
    c->state = GREETING;
    if (!socketio) enters(c, at);
    return (size_t)(end - data);
}

static void keep(Client *c, const uint8_t *data, size_t size) {
    if (size > c->room && !(c->rest = realloc(c->rest, c->room = size * 2))) exit(3);
    memcpy(c->rest, data, c->held = size);
}

static void readable(Client *c) {
    for (;;) {
        size_t start = c->held;
        if (start > READ_BYTES / 2) { broken++; part(c); return; }
        memcpy(inbox, c->rest, start);
        ssize_t got = recv(c->fd, inbox + start, READ_BYTES - start, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) { part(c); return; }
        Ns at = now();
        size_t size = start + (size_t)got, used = 0;
        c->held = 0;
        if (c->state == ASKING) used = greeted(c, inbox, size, at);
        if (c->state == IN || c->state == GREETING) used += frames(c, inbox + used, size - used, at);
        if (c->fd < 0) return;
        keep(c, inbox + used, size - used);
        if (size < READ_BYTES) return;
    }
}

static void ask(Client *c) {
    char request[16384], cursor[200] = "";
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) { part(c); return; }
    if (back_ms && epoch[0] && c->at >= 0) snprintf(cursor, sizeof cursor, "?epoch=%s&seq=%ld", epoch, (long)c->at);
    int length = snprintf(request, sizeof request,
        "GET %s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%sUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", path, cursor, port, headers);
    struct epoll_event wish = {EPOLLIN, {.ptr = c}};
    epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &wish);
    c->state = ASKING;
    if (send(c->fd, request, (size_t)length, MSG_NOSIGNAL) != length) part(c);
}

static void dial(Client *c) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct linger reset = {1, 0}; /* leaves no port in TIME_WAIT */
    int yes = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) { perror("socket"); exit(3); }
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    c->state = DIALLING;
    underway++;
    struct epoll_event wish = {EPOLLOUT, {.ptr = c}};
    epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &wish);
    if (connect(c->fd, (struct sockaddr *)&there, sizeof there) < 0 && errno != EINPROGRESS) part(c);
}

static void dial_all(void) {
    if (present == total) return;
    Ns at = now();
    for (int i = 0; i < total && underway < AT_ONCE; i++)
        if (clients[i].state == AWAY && clients[i].due <= at) dial(&clients[i]);
}

static void tell_end(void) {
    double seconds = (double)(now() - measured_from) / 1e9;
    printf("{\"event\":\"end\",\"present\":%d,\"seconds\":%.6f,\"messages\":%lu,\"bytes\":%lu,\"beats\":%lu,\"rate\":%.1f,\"losses\":%lu,"
           "\"repeats\":%lu,\"lost\":%lu,\"refused\":%lu,\"broken\":%lu,\"p50_ms\":%.3f,\"p99_ms\":%.3f",
           present, seconds, messages, bytes, beats, (double)messages / seconds, losses, repeats, lost, refused, broken,
           latency_ms(0.5), latency_ms(0.99));
    by_seq ? tell_seqs() : tell_last((uint32_t)total);
    printf("}\n");
    fflush(stdout);
}

static void tell_all_in(void) {
    static int before;
    if (announced || present < total) return;
    printf("{\"event\":\"%s\",\"ns\":%ld,\"seconds\":%.6f}\n", before ? "back" : "open", (long)all_in, (double)(all_in - began) / 1e9);
    fflush(stdout);
    before = announced = 1;
}

/* 0 when it is time to end. */
static int told(void) {
    char word[64];
    ssize_t got = read(0, word, sizeof word);
    for (ssize_t i = 0; i < got; i++) {
        if (word[i] == 'm') measuring = 1, measured_from = now();
        if (word[i] == 'q') return 0;
    }
    return got > 0;
}

static void options(int count, char **words) {
    for (int o; (o = getopt(count, words, "p:u:n:H:Sqg:r:")) > 0;) switch (o) {
        case 'p': port = atoi(optarg); break;
        case 'u': path = optarg; break;
        case 'n': total = atoi(optarg); break;
        case 'H': strncat(strncat(headers, optarg, 4000), "\r\n", 3); break;
        case 'S': socketio = 1; break;
        case 'q': by_seq = 1; break;
        case 'g': rest_us = atoi(optarg); break;
        case 'r': back_ms = atoi(optarg); break;
        default: exit(2);
    }
}

int main(int count, char **words) {
    options(count, words);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    clients = calloc((size_t)total, sizeof *clients);
    inbox = malloc(READ_BYTES);
    poller = epoll_create1(0);
    if (!clients || !inbox || poller < 0 || !tally_begun()) return 3;
    for (int i = 0; i < total; i++) clients[i].fd = -1, clients[i].at = -1;
    struct epoll_event ready[1024], stdin_wish = {EPOLLIN, {.ptr = NULL}};
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &stdin_wish);
    srand48(now());
    began = measured_from = now();
    for (int going = 1; going;) {
        dial_all();
        int found = epoll_wait(poller, ready, 1024, present == total ? 100 : 5);
        for (int i = 0; i < found; i++) {
            Client *c = ready[i].data.ptr;
            if (!c) going = told();
            else if (c->state == DIALLING) ask(c);
            else if (c->fd >= 0) readable(c);
        }
        tell_all_in();
        if (rest_us && measuring) usleep((unsigned)rest_us);
    }
    tell_end();
    return 0;
}
