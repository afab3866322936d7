/* badpointer read|write|execute|code|null: prints what it is about to do, and then uses an address that it must not. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE 0x123456780

int main(int argc, char **argv)
{
    const char *how = argc == 2 ? argv[1] : "";
    volatile uintptr_t where = strcmp(how, "null") == 0 ? 0 : strcmp(how, "code") == 0 ? (uintptr_t)&main : NOWHERE;

    printf("about to %s\n", how);
    fflush(stdout);
    if (strcmp(how, "read") == 0 || strcmp(how, "null") == 0)
        printf("read %d\n", *(volatile int *)where);
    else if (strcmp(how, "write") == 0 || strcmp(how, "code") == 0) /* code: pages that may only be read and executed */
        *(volatile int *)where = 1;
    else if (strcmp(how, "execute") == 0)
        ((void (*)(void))where)();
    else
        return 2;
    printf("still alive\n");
    return 0;
}
