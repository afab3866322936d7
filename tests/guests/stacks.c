/*
 * stacks: an alternate signal stack, as the handlers on it and the program see it; prints the same on every Linux and on every node.
 *
 * At last it recurses until its own stack is full, which only a handler on another stack can notice.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE 65536

static char other[SIZE];
static sigjmp_buf before;
static volatile int depth;
static char *volatile read_only;

static const char *where(void *address)
{
    return (char *)address >= other && (char *)address < other + SIZE ? "the other stack" : "its own stack";
}

static const char *name_of(int result)
{
    return result == 0 ? "taken" : errno == ENOMEM ? "ENOMEM" : errno == EINVAL ? "EINVAL" : errno == EPERM ? "EPERM" : "?";
}

static void show(const char *when)
{
    stack_t now;

    sigaltstack(NULL, &now);
    printf("%s: %s%s\n", when, now.ss_flags & SS_DISABLE ? "none" : "there is one",
           now.ss_flags & SS_ONSTACK ? ", in use" : "");
}

static void handler(int signal)
{
    int here = 0;
    stack_t none = {0};

    printf("handler of %d on %s\n", signal, where(&here));
    show("in it");
    none.ss_flags = SS_DISABLE;
    printf("given up in it: %s\n", name_of(sigaltstack(&none, NULL)));
    if (signal == SIGUSR1)
        raise(SIGUSR2);
}

static void caught(int signal, siginfo_t *information, void *context)
{
    int here = 0;

    printf("SIG%s on %s: %s, %s\n", signal == SIGSEGV ? "SEGV" : "?", where(&here),
           information->si_code == SEGV_MAPERR ? "nothing there" : "not allowed",
           read_only && information->si_addr == (void *)read_only ? "the page" : context ? "elsewhere" : "?");
    if (read_only && information->si_addr == (void *)read_only)
        mprotect(read_only, 4096, PROT_READ | PROT_WRITE); /* and the store is tried again */
    else
        siglongjmp(before, 1);
}

static void handle(int signal, int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_flags = flags;
    if (flags & SA_SIGINFO)
        action.sa_sigaction = caught;
    else
        action.sa_handler = handler;
    sigaction(signal, &action, NULL);
}

static int deeper(int n)
{
    volatile char room[512];

    room[0] = (char)n;
    depth = n;
    return deeper(n + 1) + room[0];
}

int main(void)
{
    stack_t stack = {0};
    struct sigaction usual;

    setvbuf(stdout, NULL, _IOLBF, 0);
    show("at first");
    stack.ss_sp = other;
    stack.ss_size = 100;
    printf("too small: %s\n", name_of(sigaltstack(&stack, NULL)));
    stack.ss_size = SIZE;
    stack.ss_flags = 77;
    printf("bad flags: %s\n", name_of(sigaltstack(&stack, NULL)));
    stack.ss_flags = 0;
    sigaltstack(&stack, NULL);
    show("given");
    handle(SIGUSR1, SA_ONSTACK);
    handle(SIGUSR2, 0);
    raise(SIGUSR1); /* and in it SIGUSR2, which stays where it is */
    raise(SIGUSR2);
    handle(SIGHUP, SA_ONSTACK);
    stack.ss_flags = (int)(1u << 31); /* SS_AUTODISARM */
    sigaltstack(&stack, NULL);
    raise(SIGHUP);
    show("afterwards");
    stack.ss_flags = 0;
    sigaltstack(&stack, NULL);

    handle(SIGSEGV, SA_SIGINFO | SA_ONSTACK);
    read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *read_only = 42;
    printf("written after all: %d\n", *read_only);
    if (sigsetjmp(before, 1) == 0)
        *(volatile int *)16 = 1;
    printf("a wild pointer was survived\n");
    if (sigsetjmp(before, 1) == 0)
        deeper(0);
    printf("so was the end of the stack: %s\n", depth > 100 ? "deep" : "not deep");
    sigaction(SIGSEGV, NULL, &usual);
    usual.sa_flags = 0;
    usual.sa_handler = SIG_IGN;
    sigaction(SIGSEGV, &usual, NULL);
    printf("ignoring it does not help\n");
    *(volatile int *)16 = 1;
    printf("never\n");
    return 0;
}
