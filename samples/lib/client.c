/* Stand-in for a client that finds no server, or a tool that finds nothing to do. */
int main(void)
{
    return 0;
}
