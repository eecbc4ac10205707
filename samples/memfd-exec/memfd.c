/* memfd run|keep PROGRAM [ARGUMENT...]: copies PROGRAM into a file in memory, and runs it or not. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char bytes[65536], path[32];
    ssize_t count;
    int from, memory;

    if (argc < 3)
        return 2;
    from = open(argv[2], O_RDONLY);
    memory = memfd_create("worker", 0);
    if (from < 0 || memory < 0)
        return 1;
    while ((count = read(from, bytes, sizeof bytes)) > 0)
        if (write(memory, bytes, (size_t)count) != count)
            return 1;
    if (strcmp(argv[1], "run"))
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    execv(path, argv + 2);
    perror(path);
    return 1;
}
