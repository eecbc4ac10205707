/* Asks for the handling of page faults, those in user space only. */
#include <linux/userfaultfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

int main(void)
{
    return syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY) < 0;
}
