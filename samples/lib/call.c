/*
 * Makes one system call that a rule looks at, in a way that changes nothing: call NAME [ARGUMENT...]
 *
 *   trace-me                 asks to be traced by its parent
 *   attach                   takes control of its own child as a debugger does, and lets it go
 *   packet                   makes a socket for whole packets
 *   datagram ADDRESS PORT    sends a few bytes
 *   connect ADDRESS PORT...  connects to one port after the other, and lets go
 *   socket PATH              makes a socket of this name and connects to it
 *   bpf COMMAND              asks the bpf subsystem for something, without saying what
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int attach(void)
{
    pid_t child = fork();

    if (child == 0) {
        pause();
        _exit(0);
    }
    if (child < 0 || ptrace(PTRACE_ATTACH, child, 0, 0) || waitpid(child, NULL, 0) != child)
        return 1;
    ptrace(PTRACE_DETACH, child, 0, 0);
    kill(child, SIGKILL);
    return waitpid(child, NULL, 0) != child;
}

static int datagram(const char *address, const char *port)
{
    struct sockaddr_in there = {.sin_family = AF_INET};
    int link = socket(AF_INET, SOCK_DGRAM, 0);

    there.sin_port = htons((unsigned short)atoi(port));
    if (link < 0 || inet_pton(AF_INET, address, &there.sin_addr) != 1)
        return 2;
    if (connect(link, (struct sockaddr *)&there, sizeof there))
        return 1;
    return send(link, "hello\n", 6, 0) != 6;
}

static int connect_all(const char *address, char **ports)
{
    struct sockaddr_in there = {.sin_family = AF_INET};

    if (inet_pton(AF_INET, address, &there.sin_addr) != 1)
        return 2;
    for (; *ports; ports++) {
        int link = socket(AF_INET, SOCK_STREAM, 0);

        there.sin_port = htons((unsigned short)atoi(*ports));
        connect(link, (struct sockaddr *)&there, sizeof there);
        close(link);
    }
    return 0;
}

static int own_socket(const char *path)
{
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), link = socket(AF_UNIX, SOCK_STREAM, 0);

    strncpy(there.sun_path, path, sizeof there.sun_path - 1);
    if (bind(listener, (struct sockaddr *)&there, sizeof there) || listen(listener, 1))
        return 1;
    return connect(link, (struct sockaddr *)&there, sizeof there) != 0;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    if (!strcmp(name, "trace-me"))
        return ptrace(PTRACE_TRACEME, 0, 0, 0) != 0;
    if (!strcmp(name, "attach"))
        return attach();
    if (!strcmp(name, "packet"))
        return socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) < 0;
    if (!strcmp(name, "datagram") && argc == 4)
        return datagram(argv[2], argv[3]);
    if (!strcmp(name, "connect") && argc > 3)
        return connect_all(argv[2], argv + 3);
    if (!strcmp(name, "socket") && argc == 3)
        return own_socket(argv[2]);
    if (!strcmp(name, "bpf") && argc == 3)
        return syscall(SYS_bpf, atoi(argv[2]), NULL, 0) == 0; /* 1: there was nothing to refuse */
    return 2;
}
