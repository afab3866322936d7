/*
 * What a process can ask about its own place in the cluster: system calls 1050 to 1052, which Linux has not. Elsewhere they fail with
 * ENOSYS. A move is negotiated like any other, and may be refused; the process is blocked meanwhile and goes on where it then is.
 */
#ifndef TUICLU_MIGRATE_H
#define TUICLU_MIGRATE_H

#include <stddef.h>
#include <unistd.h>

long syscall(long, ...); /* strict C hides it in <unistd.h> */

enum { TUICLU_MIGRATE_TO = 1050, TUICLU_MIGRATE_TO_RESOURCE = 1051, TUICLU_WHERE_AM_I = 1052 };

/* Move this process to the node of that name. 0: it runs there. -1 and errno: ENOENT (there is no such node), EAGAIN (it was refused, or
 * came to nothing on the way), ETIMEDOUT (nobody decided). */
static inline int migrate_to(const char *node)
{
    return (int)syscall(TUICLU_MIGRATE_TO, node);
}

/* Move this process to a node that has a resource. 0: it runs on one. -1 and errno: ENODEV (no node has it), EAGAIN, ETIMEDOUT. */
static inline int migrate_to_resource(const char *resource)
{
    return (int)syscall(TUICLU_MIGRATE_TO_RESOURCE, resource);
}

/* Write the name of the node on which this process runs, with a zero byte, to `name`. Returns its length; -1 and errno: ERANGE. */
static inline int where_am_i(char *name, size_t size)
{
    return (int)syscall(TUICLU_WHERE_AM_I, name, size);
}

#endif
