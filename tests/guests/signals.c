/*
 * signals: what happens around signals and timers, step by step; prints the same on every Linux and on every node.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t seen[65], nested, from_me;

static void note(int signal)
{
    seen[signal]++;
}

static void with_information(int signal, siginfo_t *information, void *context)
{
    seen[signal]++;
    from_me = information->si_signo == signal && information->si_pid == getpid() && context != NULL;
}

static void nesting(int signal)
{
    sigset_t mask;

    sigprocmask(SIG_BLOCK, NULL, &mask);
    printf("in the handler: USR1 %s, USR2 %s\n", sigismember(&mask, SIGUSR1) ? "blocked" : "open",
           sigismember(&mask, SIGUSR2) ? "blocked" : "open");
    if (signal == SIGUSR1 && nested++ == 0) {
        raise(SIGUSR1);
        raise(SIGHUP);
        printf("still in it: %d and %d\n", nested, seen[SIGHUP]);
    }
}

static void handle(int signal, void (*handler)(int), int flags, int also_blocked)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    if (also_blocked)
        sigaddset(&action.sa_mask, also_blocked);
    if (sigaction(signal, &action, NULL) != 0)
        perror("sigaction");
}

static void masks(void)
{
    sigset_t set, old, pending;

    handle(SIGUSR1, note, 0, 0);
    raise(SIGUSR1);
    printf("raised: %d\n", seen[SIGUSR1]);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR1);
    raise(SIGUSR1);
    sigpending(&pending);
    printf("blocked: %d, pending %d\n", seen[SIGUSR1], sigismember(&pending, SIGUSR1));
    sigprocmask(SIG_SETMASK, &old, NULL);
    sigpending(&pending);
    printf("open again: %d, pending %d\n", seen[SIGUSR1], sigismember(&pending, SIGUSR1));

    handle(SIGHUP, note, 0, 0);
    handle(SIGUSR1, nesting, 0, SIGUSR2);
    raise(SIGUSR1);
    sigprocmask(SIG_BLOCK, NULL, &old);
    printf("after it: %d, USR1 %s\n", nested, sigismember(&old, SIGUSR1) ? "blocked" : "open");

    handle(SIGUSR2, note, (int)SA_RESETHAND, 0);
    raise(SIGUSR2);
    {
        struct sigaction action;

        sigaction(SIGUSR2, NULL, &action);
        printf("once: %d, then %s\n", seen[SIGUSR2], action.sa_handler == SIG_DFL ? "the default" : "still there");
    }
    {
        struct sigaction action;

        memset(&action, 0, sizeof action);
        action.sa_sigaction = with_information;
        action.sa_flags = SA_SIGINFO;
        sigaction(SIGWINCH, &action, NULL);
        kill(getpid(), SIGWINCH);
        printf("information: %d %d\n", seen[SIGWINCH], from_me);
    }
    signal(SIGTERM, SIG_IGN);
    raise(SIGTERM);
    printf("ignored\n");
}

static void waits(void)
{
    struct timespec pause_time = {10, 0}, rest = {0, 0};
    struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}}, left;
    sigset_t set, old;
    int result, signal_number;

    handle(SIGALRM, note, SA_RESTART, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 5000}}, NULL);
    result = nanosleep(&pause_time, &rest);
    printf("sleep: %d %s, more than 9 s left: %d\n", result, result ? strerror(errno) : "", rest.tv_sec == 9);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 5000}}, NULL);
    result = pause();
    printf("pause: %d %s, alarms %d\n", result, strerror(errno), seen[SIGALRM]);

    setitimer(ITIMER_REAL, &often, NULL);
    while (seen[SIGALRM] < 7)
        pause();
    setitimer(ITIMER_REAL, &never, &left);
    printf("again and again: %d, interval %ld us\n", seen[SIGALRM], (long)left.it_interval.tv_usec);
    getitimer(ITIMER_REAL, &left);
    printf("stopped: %ld %ld\n", (long)left.it_value.tv_sec, (long)left.it_value.tv_usec);
    alarm(100);
    printf("alarm: %u left\n", alarm(0));

    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_BLOCK, &set, &old);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 1000}}, NULL);
    sigsuspend(&old);
    printf("suspended: %d\n", seen[SIGALRM]);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 1000}}, NULL);
    result = sigwait(&set, &signal_number);
    printf("waited for: %d %d, handled %d\n", result, signal_number, seen[SIGALRM]);
    result = sigtimedwait(&set, NULL, &(struct timespec){0, 1000000});
    printf("nothing came: %d %s\n", result, strerror(errno));
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void timers(void)
{
    struct sigevent event;
    struct itimerspec times = {{0, 0}, {0, 3000000}}, left;
    timer_t timer;

    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGHUP;
    seen[SIGHUP] = 0;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        perror("timer_create");
    timer_settime(timer, 0, &times, NULL);
    while (seen[SIGHUP] == 0)
        pause();
    timer_gettime(timer, &left);
    printf("timer: %d, left %ld\n", seen[SIGHUP], left.it_value.tv_nsec);
    times.it_value.tv_sec = 1000;
    timer_settime(timer, 0, &times, NULL);
    timer_gettime(timer, &left);
    printf("set again: %d\n", left.it_value.tv_sec == 1000 || left.it_value.tv_sec == 999);
    printf("deleted: %d", timer_delete(timer) == 0);
    printf(", then %d\n", timer_delete(timer) == 0);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    masks();
    waits();
    timers();
    if (argc > 1 && strcmp(argv[1], "die") == 0) {
        signal(SIGTERM, SIG_DFL);
        printf("about to die\n");
        kill(getpid(), SIGTERM);
        printf("still alive\n");
    }
    return 0;
}
