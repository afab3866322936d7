/*
 * What a program can ask of a tuiclu kernel that Linux has not: links to other processes, wherever these are and wherever they go.
 *
 * A link is a duplex channel between two processes. Messages are of 0 to LINK_MESSAGE_MAX bytes; each arrives once, whole, and in the
 * order of its direction, however often either process moves. The number of a link is good in its own process only.
 *
 * Each call returns a number that is not negative, or a negative error number of <errno.h> (errno itself is not touched):
 *
 *     -EBADF         there is no such link in this process
 *     -EPIPE         the other side has given the link up, and all that it sent has been received
 *     -ECONNRESET    the other side is lost: its node has crashed, or nobody knows any more where it is
 *     -EAGAIN        it would have to wait, and the timeout is 0
 *     -ETIMEDOUT     it waited for as long as the timeout said
 *     -EINTR         a signal handler ran while it waited
 *     -EMSGSIZE      the message is too long: for a link, or for the buffer (then it is still the next one)
 *     -EFAULT        a pointer leads nowhere
 *     -EINVAL        an amount is negative, or more than the process has declared; a name is empty or too long
 *
 * `timeout_ns` is how long a call may wait, in virtual nanoseconds: LINK_WAIT is for ever, 0 not at all.
 */
#ifndef TUICLU_H
#define TUICLU_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_WAIT ((int64_t)-1)
#define LINK_MESSAGE_MAX 65536
#define LINK_NAME_MAX 64
#define AMOUNTS_MAX 8
#define LINK_ACCEPT (-1) /* in the list of tuiclu_link_select: a link that waits to be accepted */

/* Make system call `number`, with six arguments. Elsewhere than on RISC-V there are no tuiclu kernels. */
static inline long tuiclu_call6(long number, long a, long b, long c, long d, long e, long f)
{
#ifdef __riscv
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    register long a4 __asm__("a4") = e;
    register long a5 __asm__("a5") = f;
    register long a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
    return a0;
#else
    (void)number, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
    return -ENOSYS;
#endif
}

/* Make system call `number`. Elsewhere than on RISC-V there are no tuiclu kernels. */
static inline long tuiclu_call(long number, long a, long b, long c, long d)
{
#ifdef __riscv
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    register long a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
    return a0;
#else
    (void)number, (void)a, (void)b, (void)c, (void)d;
    return -ENOSYS;
#endif
}

/* Open a link with process `pid` (a number as getpid() returns it); wait for the answer of its kernel, not of the process itself.
   Returns the link; -ESRCH if there can be no such process, -ECONNREFUSED if there is none, -EMFILE for too many links. */
static inline int tuiclu_link_connect(int pid)
{
    return (int)tuiclu_call(1000, pid, 0, 0, 0);
}

/* Take the next link that another process has opened with this one. Returns the link. */
static inline int tuiclu_link_accept(int64_t timeout_ns)
{
    return (int)tuiclu_call(1001, timeout_ns, 0, 0, 0);
}

/* Send a message of `size` bytes; wait while the queue of the link is full. Returns `size`. */
static inline long tuiclu_link_send(int link, const void *message, size_t size, int64_t timeout_ns)
{
    return tuiclu_call(1002, link, (long)message, (long)size, timeout_ns);
}

/* Receive the next message into `buffer`, which has room for `room` bytes; wait until there is one. Returns its size. */
static inline long tuiclu_link_receive(int link, void *buffer, size_t room, int64_t timeout_ns)
{
    return tuiclu_call(1003, link, (long)buffer, (long)room, timeout_ns);
}

/* Wait until one of `count` links has a message, or has come to its end. Returns its place in the list, the first one that is ready. */
static inline int tuiclu_link_select(const int *links, int count, int64_t timeout_ns)
{
    return (int)tuiclu_call(1004, (long)links, count, timeout_ns, 0);
}

/* Give a link up. What was sent still arrives; what has not been received is lost. Returns 0. A process that ends gives up all its links. */
static inline int tuiclu_link_destroy(int link)
{
    return (int)tuiclu_call(1005, link, 0, 0, 0);
}

/* Return the pid of the process at the other end. */
static inline int tuiclu_link_peer(int link)
{
    return (int)tuiclu_call(1006, link, 0, 0, 0);
}

/* Let others find this process under `name`, of 1 to LINK_NAME_MAX bytes; whoever had the name before has it no more. Returns 0;
   -EHOSTUNREACH if the node that keeps the names is down. */
static inline int tuiclu_publish(const char *name)
{
    return (int)tuiclu_call(1007, (long)name, 0, 0, 0);
}

/* Wait until somebody has published `name`. Returns the pid; -EHOSTUNREACH if the node that keeps the names is down. */
static inline int tuiclu_find(const char *name, int64_t timeout_ns)
{
    return (int)tuiclu_call(1008, (long)name, timeout_ns, 0, 0);
}

/* Open a link with the process that has published `name`, as soon as there is one. Returns the link. */
static inline int tuiclu_link_connect_name(const char *name)
{
    int pid = tuiclu_find(name, LINK_WAIT);

    return pid < 0 ? pid : tuiclu_link_connect(pid);
}

/* Declare that this process has `amount` of a `quantity` (a name of 1 to LINK_NAME_MAX bytes) from now on, for snapshots to sum.
   Returns 0; -ENOSPC if it has declared AMOUNTS_MAX quantities already. */
static inline int tuiclu_declare(const char *quantity, int64_t amount)
{
    return (int)tuiclu_call(1010, (long)quantity, amount, 0, 0);
}

/* Write the name under which this process was started (B3), with a zero byte, to `name`. Returns its length; -ERANGE if `size` bytes are
   too few. */
static inline int tuiclu_my_name(char *name, size_t size)
{
    return (int)tuiclu_call(1011, (long)name, (long)size, 0, 0);
}

/* Like tuiclu_link_send, for a message that brings its receiver `amount` of a `quantity` that this process has declared. In the same
   instant in which the message is sent, the kernel counts the amount to the message and no longer to this process; in the instant in which
   it is received, to the receiver. So a snapshot finds it in one place, whenever it is taken. */
static inline long tuiclu_link_send_amount(int link, const void *message, size_t size, int64_t timeout_ns, const char *quantity,
                                           int64_t amount)
{
    return tuiclu_call6(1009, link, (long)message, (long)size, timeout_ns, (long)quantity, amount);
}

#endif
