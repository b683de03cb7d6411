/*
 * A framed TCP echo client: sends each MESSAGE as a frame, and exits with 0 only if each came back unchanged.
 *
 * cc -O2 -o echo_client echo_client.c
 * usage: ./echo_client HOST PORT [MESSAGE...]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMEOUT 5 /* seconds without a byte */
#define LINGER 1  /* seconds to wait for bytes that should not come */

static void fail(const char *what)
{
    fprintf(stderr, "echo_client: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static void set_timeout(int fd, long seconds)
{
    struct timeval time = {.tv_sec = seconds};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) < 0)
        fail("setsockopt");
}

static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        fail("unknown host");
    int fd = socket(found->ai_family, found->ai_socktype, 0);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) < 0)
        fail("connect");
    freeaddrinfo(found);
    set_timeout(fd, TIMEOUT);
    return fd;
}

/* send() may take any part. */
static void send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, data, size, 0);
        if (sent < 0)
            fail("send");
        data += sent;
        size -= (size_t)sent;
    }
}

/* recv() may return any part, and 0 at the end of the stream. */
static void receive_all(int fd, char *data, size_t size)
{
    while (size > 0) {
        ssize_t got = recv(fd, data, size, 0);
        if (got < 0)
            fail("recv");
        errno = 0;
        if (got == 0)
            fail("the server ended the stream before the whole reply");
        data += got;
        size -= (size_t)got;
    }
}

static void send_frame(int fd, const char *payload)
{
    uint32_t size = (uint32_t)strlen(payload), header = htonl(size);
    char *frame = malloc(sizeof header + size);
    if (!frame)
        fail("malloc");
    memcpy(frame, &header, sizeof header);
    memcpy(frame + sizeof header, payload, size);
    send_all(fd, frame, sizeof header + size); /* in one piece: two small writes may wait for each other (Nagle) */
    free(frame);
}

/* The length comes first: one that is wrong is not worth waiting, or having memory, for its payload. */
static void expect_reply(int fd, const char *payload)
{
    uint32_t header, size = (uint32_t)strlen(payload);
    receive_all(fd, (char *)&header, sizeof header);
    if (ntohl(header) != size)
        fail("a reply has another length than what was sent");
    char *reply = malloc(size + 1);
    if (!reply)
        fail("malloc");
    receive_all(fd, reply, size);
    if (memcmp(reply, payload, size) != 0) /* not strcmp(): it ends at a NUL */
        fail("a reply differs from what was sent");
    free(reply);
}

/* A server that keeps its side open is fine. */
static void expect_no_more(int fd)
{
    char byte;
    shutdown(fd, SHUT_WR);
    set_timeout(fd, LINGER);
    ssize_t got = recv(fd, &byte, 1, 0);
    errno = 0;
    if (got > 0)
        fail("the server sent more than the replies");
}

int main(int argc, char **argv)
{
    static char *examples[] = {"hello", "and a second frame"};
    if (argc < 3) {
        fprintf(stderr, "usage: %s HOST PORT [MESSAGE...]\n", argv[0]);
        return 64;
    }
    char **messages = argc > 3 ? argv + 3 : examples;
    int count = argc > 3 ? argc - 3 : 2;
    signal(SIGPIPE, SIG_IGN); /* send() then fails with EPIPE, and the exit code tells */
    int fd = connect_to(argv[1], argv[2]);
    for (int i = 0; i < count; i++)
        send_frame(fd, messages[i]);
    for (int i = 0; i < count; i++)
        expect_reply(fd, messages[i]);
    expect_no_more(fd);
    close(fd);
    printf("%d frames came back\n", count);
    return 0;
}
