/* connect ADDRESS PORT PROGRAM [ARGUMENT...]: asks for a page, and gives the answer to PROGRAM as input. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const char request[] = "GET / HTTP/1.0\r\n\r\n";

int main(int argc, char **argv)
{
    struct sockaddr_in there = {.sin_family = AF_INET};
    int link = socket(AF_INET, SOCK_STREAM, 0);

    if (argc < 4 || link < 0 || inet_pton(AF_INET, argv[1], &there.sin_addr) != 1)
        return 2;
    there.sin_port = htons((unsigned short)atoi(argv[2]));
    if (connect(link, (struct sockaddr *)&there, sizeof there))
        return 1;
    if (write(link, request, sizeof request - 1) < 0 || dup2(link, 0))
        return 1;
    execv(argv[3], argv + 3);
    return 1;
}
