/* What our programs that talk over links share: calls that must succeed, messages that can be checked, numbered names. */
#ifndef TALK_H
#define TALK_H

#include <stdint.h>
#include <string.h>

#include "common.h"
#include "tuiclu.h"

/* Return `result`, or end the program with status 1 if it is an error. */
static inline long must(const char *what, long result)
{
    if (result < 0) {
        printf("%s: %s\n", what, strerror((int)-result));
        exit(1);
    }
    return result;
}

/* Put `prefix` and `name` together into a name to publish. */
static inline const char *name_of(char room[LINK_NAME_MAX + 1], const char *prefix, const char *name)
{
    snprintf(room, LINK_NAME_MAX + 1, "%s%s", prefix, name);
    return room;
}

/* Put `prefix` and a number together into a name to publish. */
static inline const char *numbered(char room[LINK_NAME_MAX + 1], const char *prefix, unsigned long number)
{
    snprintf(room, LINK_NAME_MAX + 1, "%.40s-%lu", prefix, number);
    return room;
}

/* Return the number at the end of this process's name, and put what stands before it into `group`: 3 and "B" of B3; 0: it has none. */
static inline unsigned long my_number(char group[LINK_NAME_MAX + 1])
{
    char name[LINK_NAME_MAX + 1];
    int known = tuiclu_my_name(name, sizeof name);
    size_t length = known < 0 ? 0 : (size_t)known, start = length;

    while (start > 0 && name[start - 1] >= '0' && name[start - 1] <= '9')
        start--;
    if (start == length || length - start > 9)
        return 0;
    memcpy(group, name, start);
    group[start] = '\0';
    return strtoul(name + start, NULL, 10);
}

/* Fill a message with bytes that depend on its number. */
static inline void fill(unsigned char *message, unsigned long size, unsigned long number)
{
    for (unsigned long i = 0; i < size; i++)
        message[i] = (unsigned char)(number * 31 + i * 7 + i / 256);
}

/* Add a message to a checksum that depends on every byte and its place (FNV-1a). */
static inline uint64_t add(uint64_t checksum, const unsigned char *message, unsigned long size)
{
    for (unsigned long i = 0; i < size; i++)
        checksum = (checksum ^ message[i]) * 1099511628211u;
    return checksum;
}

#define CHECKSUM_START 14695981039346656037u

#endif
