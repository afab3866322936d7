/* selfkill term|kill|abort: ends itself by SIGTERM, by SIGKILL or by abort(). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *how = argc == 2 ? argv[1] : "";

    printf("about to %s\n", how);
    fflush(stdout);
    if (strcmp(how, "term") == 0)
        raise(SIGTERM);
    else if (strcmp(how, "kill") == 0)
        raise(SIGKILL);
    else if (strcmp(how, "abort") == 0)
        abort();
    else
        return 2;
    printf("still alive\n");
    return 0;
}
