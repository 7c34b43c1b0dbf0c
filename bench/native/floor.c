/* The floor: the least a websocket server can do. It accepts N clients, waits for a line on stdin, then sends one
 * frame after the other to each of them, with one blocking send() per client and write.
 *
 *   floor N FRAMES_PER_WRITE     prints the port it listens on
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PAYLOAD = 300, HEADER = 4, REQUEST_MAX = 8192 };

static long long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int listening(void) {
    int door = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    if (door < 0 || bind(door, (struct sockaddr *)&here, size) || listen(door, 4096)) fail("listen");
    getsockname(door, (struct sockaddr *)&here, &size);
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    return door;
}

/* The accept key answers the sample key of RFC 6455, which is the one the load client sends. */
static int welcomed(int door) {
    static const char answer[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    char request[REQUEST_MAX + 1];
    size_t got = 0;
    int yes = 1, client = accept(door, NULL, NULL);
    if (client < 0) fail("accept");
    do {
        ssize_t more = recv(client, request + got, REQUEST_MAX - got, 0);
        if (more <= 0) fail("handshake");
        request[got += (size_t)more] = 0;
    } while (!strstr(request, "\r\n\r\n"));
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (send(client, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) fail("welcome");
    return client;
}

static size_t put_frame(char *at, long long number) {
    char *payload = at + HEADER;
    int used = sprintf(payload, "{\"t\":%lld,\"n\":%lld,\"pad\":\"", nanoseconds(), number);
    memset(payload + used, 'x', (size_t)(PAYLOAD - used - 2));
    memcpy(payload + PAYLOAD - 2, "\"}", 2);
    at[0] = (char)0x81;
    at[1] = 126;
    at[2] = (char)(PAYLOAD >> 8);
    at[3] = (char)(PAYLOAD & 255);
    return HEADER + PAYLOAD;
}

static void send_whole(int client, const char *data, size_t left) {
    while (left) {
        ssize_t sent = send(client, data, left, MSG_NOSIGNAL);
        if (sent <= 0) exit(0); /* the load client has gone: the measurement is over */
        data += sent;
        left -= (size_t)sent;
    }
}

int main(int count, char **words) {
    if (count != 3) return 2;
    int clients = atoi(words[1]), joined = atoi(words[2]), door = listening();
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int *client = calloc((size_t)clients, sizeof *client);
    char *data = malloc((size_t)joined * (HEADER + PAYLOAD) + 1);
    if (!client || !data) fail("memory");
    for (int i = 0; i < clients; i++) client[i] = welcomed(door);
    if (getchar() == EOF) return 0;
    for (long long number = 1;;) {
        size_t size = 0;
        for (int i = 0; i < joined; i++) size += put_frame(data + size, number++);
        for (int i = 0; i < clients; i++) send_whole(client[i], data, size);
    }
}
