/* backconnect ADDRESS PORT [streams]: connects, and with `streams` makes it its standard streams. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_in there = {.sin_family = AF_INET};
    int stream, link = socket(AF_INET, SOCK_STREAM, 0);

    if (argc < 3 || link < 0 || inet_pton(AF_INET, argv[1], &there.sin_addr) != 1)
        return 2;
    there.sin_port = htons((unsigned short)atoi(argv[2]));
    if (connect(link, (struct sockaddr *)&there, sizeof there))
        return 1;
    if (argc == 3)
        return 0;
    for (stream = 0; stream < 3; stream++)
        dup2(link, stream);
    execl("/bin/true", "true", (char *)0);
    return 1;
}
