/*
 * A framed TCP echo server: [4-byte big-endian length][payload], every frame echoed whole, in order.
 *
 *     cc -O2 -pthread -o echo_server echo_server.c
 *     ./echo_server [PORT [TIMEOUT [FRAME_TIMEOUT [MAX_PAYLOAD]]]]      (9900, 5 s, 30 s, 65536 bytes)
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 4, LINGER_SECONDS = 2 };

static double timeout = 5, frame_timeout = 30;
static uint32_t max_payload = 65536;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* Reads until `size` bytes are there: recv() may return any part. 0 at the end of the stream, on an error, on a timeout. */
static int receive(int fd, char *data, size_t size, double *started) {
    for (size_t have = 0; have < size;) {
        ssize_t n = recv(fd, data + have, size - have, 0);
        if (n <= 0) return 0;
        if (*started == 0) *started = now();
        if (now() - *started > frame_timeout) return 0;
        have += n;
    }
    return 1;
}

/* Sends all: send() may take any part. */
static int send_all(int fd, const char *data, size_t size) {
    for (size_t sent = 0; sent < size;) {
        ssize_t n = send(fd, data + sent, size - sent, 0);
        if (n <= 0) return 0;
        sent += n;
    }
    return 1;
}

/* FIN after the last echo, then read on for a while: bytes left unread would turn the close into a reset. */
static void refuse(int fd, char *scratch, size_t size) {
    double deadline = now() + LINGER_SECONDS;
    shutdown(fd, SHUT_WR);
    while (now() < deadline && recv(fd, scratch, size, 0) > 0) {}
}

static void *serve(void *argument) {
    int fd = (int)(intptr_t)argument;
    struct timeval idle = {.tv_sec = (time_t)timeout, .tv_usec = (suseconds_t)((timeout - (time_t)timeout) * 1e6)};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);

    size_t room = HEADER + (size_t)max_payload;
    char *frame = malloc(room);
    for (double started = 0; frame && receive(fd, frame, HEADER, &started); started = 0) {
        uint32_t length;
        memcpy(&length, frame, HEADER);
        length = ntohl(length);
        if (length > max_payload) {
            refuse(fd, frame, room);
            break;
        }
        if (!receive(fd, frame + HEADER, length, &started) || !send_all(fd, frame, HEADER + (size_t)length)) break;
    }
    free(frame);
    close(fd);
    return NULL;
}

int main(int argc, char **argv) {
    int port = argc > 1 ? atoi(argv[1]) : 9900;
    if (argc > 2) timeout = atof(argv[2]);
    if (argc > 3) frame_timeout = atof(argv[3]);
    if (argc > 4) max_payload = (uint32_t)strtoul(argv[4], NULL, 10);
    signal(SIGPIPE, SIG_IGN); /* a client that is gone ends its thread, not the server */

    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* a restart gets its port back at once */
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 511)) {
        perror("cannot listen");
        return 69;
    }
    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            usleep(10000); /* no descriptor free, or a client that left again: the others are served on */
        } else if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd)) {
            close(fd);
        } else {
            pthread_detach(thread);
        }
    }
}
