/*
 * server NAME CLIENTS WORK: serves whoever opens a link with it, many clients at once.
 *
 * It publishes NAME, and for every request, a number, computes WORK steps and answers with the number's square plus the number of requests
 * of that client before. It ends when CLIENTS clients have come and gone; never, if CLIENTS is 0. Who comes while it has as many clients as
 * it can have waits until one has gone.
 */
#include "talk.h"

#define HOW "server NAME CLIENTS WORK    (NAME of 1 to 50 characters, CLIENTS from 0 to 60, WORK from 0 to 1000000000)"

#define MOST 60

static void compute(unsigned long steps)
{
    for (volatile unsigned long i = 0; i < steps; i++)
        continue;
}

int main(int argc, char **argv)
{
    char name[LINK_NAME_MAX + 1];
    int links[MOST + 1] = {LINK_ACCEPT};
    uint64_t requests[MOST + 1] = {0}, total = 0, request;
    unsigned long clients, work, gone = 0;
    int count = 1;

    if (argc != 4 || argv[1][0] == '\0' || strlen(argv[1]) > 50)
        usage(HOW);
    clients = number(argv[2], 0, MOST, HOW);
    work = number(argv[3], 0, 1000000000, HOW);
    must("publish", tuiclu_publish(name_of(name, "server-", argv[1])));

    while (clients == 0 || gone < clients) {
        int full = count > MOST;
        int ready = full + (int)must("select", tuiclu_link_select(links + full, count - full, LINK_WAIT));
        long size;

        if (ready == 0) {
            links[count] = (int)must("accept", tuiclu_link_accept(LINK_WAIT));
            requests[count++] = 0;
            continue;
        }
        size = tuiclu_link_receive(links[ready], &request, sizeof request, LINK_WAIT);
        if (size < 0) { /* this client has gone: the last one takes its place in the list */
            tuiclu_link_destroy(links[ready]);
            links[ready] = links[--count];
            requests[ready] = requests[count];
            gone++;
            continue;
        }
        compute(work);
        request = request * request + requests[ready]++;
        total++;
        tuiclu_link_send(links[ready], &request, sizeof request, LINK_WAIT);
    }
    printf("server: %llu requests of %lu clients\n", (unsigned long long)total, clients);
    return 0;
}
