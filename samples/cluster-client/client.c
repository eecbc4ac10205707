/* Stand-in for a client that finds no server. */
int main(void)
{
    return 0;
}
