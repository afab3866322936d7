/*
 * pipeline NAME STAGE STAGES MESSAGES BYTES WORK: one stage of the pipeline NAME of processes.
 *
 * Stage 0 makes MESSAGES messages of BYTES bytes and sends them as fast as the queue of its link takes them; each stage after it computes
 * WORK steps a message, adds its number to the first byte and sends the message on; the last one prints a checksum of all. The queues are
 * bounded: a slow stage holds up all before it.
 */
#include "talk.h"

#define HOW                                                                                              \
    "pipeline NAME STAGE STAGES MESSAGES BYTES WORK    (NAME of 1 to 40 characters, STAGES from 2 to " \
    "100, STAGE below it, MESSAGES from 0 to 1000000000, BYTES from 8 to 65536, WORK from 0 to 1000000000)"

static unsigned char message[LINK_MESSAGE_MAX];

static void compute(unsigned long steps)
{
    for (volatile unsigned long i = 0; i < steps; i++)
        continue;
}

static const char *stage_name(char room[LINK_NAME_MAX + 1], const char *pipeline, unsigned long stage)
{
    snprintf(room, LINK_NAME_MAX + 1, "%s-%lu", pipeline, stage);
    return room;
}

int main(int argc, char **argv)
{
    char name[LINK_NAME_MAX + 1];
    unsigned long stage, stages, messages, bytes, work, count = 0;
    uint64_t checksum = CHECKSUM_START;
    int from = -1, to = -1;

    if (argc != 7 || argv[1][0] == '\0' || strlen(argv[1]) > 40)
        usage(HOW);
    stages = number(argv[3], 2, 100, HOW);
    stage = number(argv[2], 0, stages - 1, HOW);
    messages = number(argv[4], 0, 1000000000, HOW);
    bytes = number(argv[5], 8, LINK_MESSAGE_MAX, HOW);
    work = number(argv[6], 0, 1000000000, HOW);

    if (stage > 0)
        must("publish", tuiclu_publish(stage_name(name, argv[1], stage)));
    if (stage < stages - 1)
        to = (int)must("connect", tuiclu_link_connect_name(stage_name(name, argv[1], stage + 1)));
    if (stage > 0)
        from = (int)must("accept", tuiclu_link_accept(LINK_WAIT));

    for (;;) {
        long size = (long)bytes;

        if (stage == 0) {
            if (count == messages)
                break;
            fill(message, bytes, count);
        } else {
            size = tuiclu_link_receive(from, message, sizeof message, LINK_WAIT);
            if (size == -EPIPE)
                break;
            must("receive", size);
            message[0] = (unsigned char)(message[0] + stage);
        }
        compute(work);
        count++;
        if (stage < stages - 1)
            must("send", tuiclu_link_send(to, message, (size_t)size, LINK_WAIT));
        else
            checksum = add(checksum, message, (unsigned long)size);
    }
    if (stage == stages - 1)
        printf("pipeline: %lu messages, %016llx\n", count, (unsigned long long)checksum);
    else
        printf("pipeline: stage %lu passed %lu messages on\n", stage, count);
    return 0;
}
