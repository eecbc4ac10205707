/* rename [NAME]: gives itself the NAME, as threads do. */
#include <sys/prctl.h>

int main(int argc, char **argv)
{
    return argc > 1 && prctl(PR_SET_NAME, argv[1], 0, 0, 0);
}
