/* become USER: asks for the user id. */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    (void)!setuid((uid_t)atoi(argv[1])); /* whether it may is not the question */
    return 0;
}
