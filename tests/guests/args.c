/* Prints all arguments and all of the environment, in order, a line each. */
#include <stdio.h>

int main(int argc, char **argv, char **envp)
{
    for (int i = 0; i < argc; i++)
        printf("argv[%d] = %s\n", i, argv[i]);
    printf("argv[argc] is %s\n", argv[argc] == NULL ? "NULL" : "not NULL");
    for (int i = 0; envp[i] != NULL; i++)
        printf("envp[%d] = %s\n", i, envp[i]);
    return 0;
}
