/* Recurses for ever, with a stack frame of some hundred bytes that the compiler cannot do without. */
#include <stdio.h>

static volatile int depth;

/* Not a tail call: the frame is used after the inner call returns. */
__attribute__((noinline)) static int descend(int level)
{
    volatile char frame[512];
    int below;

    frame[level % (int)sizeof frame] = (char)level;
    depth = level;
    below = depth >= 0 ? descend(level + 1) : 0;
    return below + frame[level % (int)sizeof frame];
}

int main(void)
{
    printf("about to recurse\n");
    fflush(stdout);
    printf("%d\n", descend(0));
    return 0;
}
