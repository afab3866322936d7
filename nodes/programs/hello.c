/* hello [ARGUMENT...]: greets, and tells what it was given: its arguments, and one variable of its environment. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    const char *name = getenv("TUICLU_NAME");

    printf("Hello from a real program!\n");
    printf("argc = %d\n", argc);
    for (int i = 0; i < argc; i++)
        printf("argv[%d] = %s\n", i, argv[i]);
    if (name != NULL)
        printf("TUICLU_NAME = %s\n", name);
    return 0;
}
