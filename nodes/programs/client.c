/*
 * client NAME REQUESTS PAUSE_MS: asks the server NAME for something REQUESTS times, with a pause in between.
 *
 * It checks every answer and prints the sum of all. An answer that is wrong, late or another's is named.
 */
#include <time.h>

#include "talk.h"

#define HOW                                                                                             \
    "client NAME REQUESTS PAUSE_MS    (NAME of 1 to 50 characters, REQUESTS and PAUSE_MS from 0 to 1000000)"

int main(int argc, char **argv)
{
    char name[LINK_NAME_MAX + 1];
    unsigned long requests, pause_ms;
    uint64_t sum = 0;
    int link;

    if (argc != 4 || argv[1][0] == '\0' || strlen(argv[1]) > 50)
        usage(HOW);
    requests = number(argv[2], 0, 1000000, HOW);
    pause_ms = number(argv[3], 0, 1000000, HOW);
    link = (int)must("connect", tuiclu_link_connect_name(name_of(name, "server-", argv[1])));

    for (uint64_t i = 0; i < requests; i++) {
        struct timespec pause = {(time_t)(pause_ms / 1000), (long)(pause_ms % 1000) * 1000000};
        uint64_t answer = 0;

        must("send", tuiclu_link_send(link, &i, sizeof i, LINK_WAIT));
        must("receive", tuiclu_link_receive(link, &answer, sizeof answer, LINK_WAIT));
        if (answer != i * i + i) {
            printf("answer %llu is wrong\n", (unsigned long long)i);
            return 1;
        }
        sum += answer;
        nanosleep(&pause, NULL);
    }
    printf("client: %lu answers, sum %llu\n", requests, (unsigned long long)sum);
    return 0;
}
