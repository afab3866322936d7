/* Passes pointers that point nowhere to system calls, and prints what each answers. Needs a byte of standard input. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const uintptr_t WILD[] = {
    1,                  /* the page of null pointers */
    0x123456780,        /* mapped by nobody */
    0x3ffffffff0,       /* crosses the end of the user half under Sv39 */
    0xffffffffffff0000, /* the kernel's */
};

static const char *answer(long result)
{
    static char other[32];

    if (result == -1 && errno == EFAULT)
        return "EFAULT";
    snprintf(other, sizeof other, "%s %ld", result == -1 ? "errno" : "result", result == -1 ? (long)errno : result);
    return other;
}

int main(void)
{
    for (unsigned i = 0; i < sizeof WILD / sizeof *WILD; i++) {
        void *wild = (void *)WILD[i];
        struct iovec vector = {.iov_base = wild, .iov_len = 100};

        printf("write         %#18lx: %s\n", (long)WILD[i], answer(syscall(SYS_write, 1, wild, 100)));
        printf("writev        %#18lx: %s\n", (long)WILD[i], answer(syscall(SYS_writev, 1, wild, 1)));
        printf("writev inside %#18lx: %s\n", (long)WILD[i], answer(syscall(SYS_writev, 1, &vector, 1)));
        printf("read          %#18lx: %s\n", (long)WILD[i], answer(syscall(SYS_read, 0, wild, 100)));
        printf("openat        %#18lx: %s\n", (long)WILD[i], answer(syscall(SYS_openat, AT_FDCWD, wild, O_RDONLY)));
        printf("nanosleep     %#18lx: %s\n", (long)WILD[i], answer(syscall(SYS_nanosleep, wild, NULL)));
        printf("clock_gettime %#18lx: %s\n", (long)WILD[i], answer(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, wild)));
    }
    return 0;
}
