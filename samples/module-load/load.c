/* Asks for a module to be loaded, in a way that cannot succeed. */
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    return syscall(SYS_finit_module, -1, "", 0) == 0; /* 1: it was loaded */
}
