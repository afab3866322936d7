/*
 * pingpong ROLE NAME MESSAGES BYTES: two partners that send a message to and fro.
 *
 * The partner with ROLE `pong` publishes NAME, accepts one link and sends back whatever comes, changed a little, until the link ends. The
 * one with ROLE `ping` opens a link with NAME, sends MESSAGES messages of BYTES bytes, each after the answer to the one before, and prints
 * a checksum of all answers. A message that is lost, doubled, changed or out of order changes the checksum, or is named.
 */
#include "talk.h"

#define HOW                                                                                                    \
    "pingpong ping|pong NAME MESSAGES BYTES    (NAME of 1 to 50 characters, MESSAGES from 0 to 1000000000, " \
    "BYTES from 8 to 65536)"

static unsigned char message[LINK_MESSAGE_MAX];

static int pong(const char *name)
{
    int link;
    long size;
    unsigned long answered = 0;

    must("publish", tuiclu_publish(name));
    link = (int)must("accept", tuiclu_link_accept(LINK_WAIT));
    while ((size = tuiclu_link_receive(link, message, sizeof message, LINK_WAIT)) >= 0) {
        message[0] ^= 0xff;
        must("send", tuiclu_link_send(link, message, (size_t)size, LINK_WAIT));
        answered++;
    }
    printf("pong: %lu answered\n", answered);
    if (size != -EPIPE)
        must("receive", size);
    return 0;
}

static int ping(const char *name, unsigned long messages, unsigned long bytes)
{
    int link = (int)must("connect", tuiclu_link_connect_name(name));
    uint64_t checksum = CHECKSUM_START;

    for (unsigned long i = 0; i < messages; i++) {
        long size;

        fill(message, bytes, i);
        must("send", tuiclu_link_send(link, message, bytes, LINK_WAIT));
        size = must("receive", tuiclu_link_receive(link, message, sizeof message, LINK_WAIT));
        if ((unsigned long)size != bytes || message[0] != (unsigned char)((i * 31) ^ 0xff)) {
            printf("answer %lu is wrong\n", i);
            return 1;
        }
        checksum = add(checksum, message, bytes);
    }
    must("destroy", tuiclu_link_destroy(link));
    printf("ping: %lu messages, %016llx\n", messages, (unsigned long long)checksum);
    return 0;
}

int main(int argc, char **argv)
{
    char name[LINK_NAME_MAX + 1];
    unsigned long messages, bytes;

    if (argc != 5 || argv[2][0] == '\0' || strlen(argv[2]) > 50)
        usage(HOW);
    messages = number(argv[3], 0, 1000000000, HOW);
    bytes = number(argv[4], 8, LINK_MESSAGE_MAX, HOW);
    name_of(name, "pingpong-", argv[2]);
    if (strcmp(argv[1], "pong") == 0)
        return pong(name);
    if (strcmp(argv[1], "ping") != 0)
        usage(HOW);
    return ping(name, messages, bytes);
}
