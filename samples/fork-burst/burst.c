/* burst COUNT: makes that many processes, which do nothing. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int left = argc > 1 ? atoi(argv[1]) : 0;

    while (left-- > 0) {
        pid_t child = vfork();

        if (child == 0)
            _exit(0);
        if (child < 0)
            return 1;
    }
    while (wait(NULL) > 0)
        ;
    return 0;
}
