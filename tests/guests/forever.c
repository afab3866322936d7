/* Says that it starts, and then does nothing, for ever. */
#include <stdio.h>

int main(void)
{
    volatile unsigned long count = 0;

    printf("for ever\n");
    fflush(stdout);
    for (;;)
        count++;
}
