/*
 * Stand-in for a server in a sample's container: service PORT [FILE]
 *
 * Listens, answers every connection with FILE (or one line) as HTTP would, writes a line of log to
 * standard output for each, and ends on SIGTERM. Installed under the name of the server that it
 * stands for, since rules look at names of processes.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void stop(int signal)
{
    (void)signal;
    _exit(0);
}

/* Reads a request to its empty line: closing before that would reset the connection. */
static int asked(int client)
{
    char request[1024];
    size_t have = 0;
    ssize_t more;

    while (have < sizeof request && (more = read(client, request + have, sizeof request - have)) > 0) {
        have += (size_t)more;
        if (have >= 4 && !memcmp(request + have - 4, "\r\n\r\n", 4))
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    char body[4096] = "ready\n";
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

    if (argc < 2 || listener < 0)
        return 2;
    here.sin_port = htons((unsigned short)atoi(argv[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 16)) {
        perror(argv[0]);
        return 1;
    }
    signal(SIGTERM, stop);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        ssize_t length = (ssize_t)strlen(body);
        int client = accept(listener, NULL, NULL);

        if (client < 0)
            continue;
        if (!asked(client)) {
            close(client);
            continue;
        }
        if (argc > 2) {
            int file = open(argv[2], O_RDONLY);

            length = file < 0 ? -1 : read(file, body, sizeof body);
            if (file >= 0)
                close(file);
        }
        dprintf(client, "HTTP/1.0 %s\r\nContent-Length: %zd\r\n\r\n", length < 0 ? "404 Not Found" : "200 OK",
                length < 0 ? 0 : length);
        if (length > 0 && write(client, body, (size_t)length) != length)
            perror("write");
        close(client);
        dprintf(1, "GET / %s\n", length < 0 ? "404" : "200");
    }
}
