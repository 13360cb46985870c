/* fake_clamd PLACE: a virus scanner for tests. Speaks clamd's INSTREAM over the socket PLACE, or, when that is a port
 * (0: a free one, which is printed), over 127.0.0.1. It finds the test file of EICAR, and answers "ERROR" to what is no
 * INSTREAM. It ends when its standard input does. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 32 << 20 };

static bool read_all(int s, void *into, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t n = recv(s, (char *)into + at, size - at, 0);
        if (n <= 0) {
            return false;
        }
        at += (size_t)n;
    }
    return true;
}

/* The whole stream; its size, or -1. */
static ssize_t read_stream(int s, char *bytes)
{
    static const char begin[] = "zINSTREAM";
    char command[sizeof begin];
    uint32_t length;
    size_t used = 0;
    if (!read_all(s, command, sizeof command) || memcmp(command, begin, sizeof begin) != 0) {
        return -1;
    }
    while (read_all(s, &length, sizeof length)) {
        size_t n = ntohl(length);
        if (n == 0) {
            return (ssize_t)used;
        }
        if (used + n > MOST || !read_all(s, bytes + used, n)) {
            return -1;
        }
        used += n;
    }
    return -1;
}

static void serve(int s, char *bytes)
{
    static const char virus[] = "EICAR-STANDARD-" "ANTIVIRUS-TEST-FILE";
    ssize_t size = read_stream(s, bytes);
    bool found = size >= 0 && memmem(bytes, (size_t)size, virus, sizeof virus - 1) != NULL;
    const char *answer = size < 0 ? "INSTREAM size limit exceeded. ERROR"
                         : found  ? "stream: Eicar-Signature FOUND"
                                  : "stream: OK";
    if (send(s, answer, strlen(answer) + 1, MSG_NOSIGNAL) < 0) {
        perror("fake_clamd");
    }
    close(s);
}

static int listen_at(const char *place)
{
    struct sockaddr_un local = { .sun_family = AF_UNIX };
    struct sockaddr_in net = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    bool is_path = strchr(place, '/') != NULL;
    socklen_t length = is_path ? sizeof local : sizeof net;
    struct sockaddr *address = is_path ? (struct sockaddr *)&local : (struct sockaddr *)&net;
    int s = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (is_path) {
        unlink(place);
        snprintf(local.sun_path, sizeof local.sun_path, "%s", place);
    } else {
        net.sin_port = htons((uint16_t)strtol(place, NULL, 10));
        setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (s < 0 || bind(s, address, length) != 0 || listen(s, 16) != 0 || getsockname(s, address, &length) != 0) {
        perror("fake_clamd");
        exit(1);
    }
    printf("%d\n", is_path ? 0 : ntohs(net.sin_port));
    fflush(stdout);
    return s;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "fake_clamd PLACE\n");
        return 2;
    }
    char *bytes = malloc(MOST);
    struct pollfd waits[2] = { { listen_at(argv[1]), POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
    while (bytes != NULL && poll(waits, 2, -1) > 0 && waits[1].revents == 0) {
        int s = accept(waits[0].fd, NULL, NULL);
        if (s >= 0) {
            serve(s, bytes);
        }
    }
    free(bytes);
    return 0;
}
