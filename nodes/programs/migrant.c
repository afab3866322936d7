/*
 * migrant RESOURCE WORK REPORT: goes by itself to where RESOURCE is, works there, and comes back home.
 *
 * It computes WORK steps at home, asks to be moved to a node that has RESOURCE, computes WORK steps there, asks to be moved back, and
 * prints a checksum. Where it cannot move, because nobody has the resource or a move is refused, it does all of it where it is: the
 * checksum is the same. With REPORT not 0 it also tells on which node it did what.
 */
#include <stdint.h>
#include <string.h>

#include "common.h"
#include "tuiclu_migrate.h"

#define HOW "migrant RESOURCE WORK REPORT    (WORK and REPORT from 0 to 1000000000)"

static unsigned long report;

static void tell(const char *what)
{
    char here[64] = "?";

    if (report == 0)
        return;
    where_am_i(here, sizeof here);
    printf("%s on %s\n", what, here);
    fflush(stdout);
}

static uint64_t compute(uint64_t value, unsigned long work)
{
    for (unsigned long i = 0; i < work; i++)
        value = value * 6364136223846793005u + i;
    return value;
}

int main(int argc, char **argv)
{
    char home[64] = "?";
    unsigned long work;
    uint64_t value;

    if (argc != 4)
        usage(HOW);
    work = number(argv[2], 0, 1000000000, HOW);
    report = number(argv[3], 0, 1000000000, HOW);

    where_am_i(home, sizeof home);
    tell("prepares");
    value = compute(1, work);
    if (migrate_to_resource(argv[1]) == 0)
        tell("uses the resource");
    else
        tell(errno == EAGAIN ? "was refused, and stays" : "finds nobody who has it, and stays");
    value = compute(value, work);
    if (migrate_to(home) == 0)
        tell("is home again");
    else
        tell("cannot go home, and ends");
    printf("%016llx\n", (unsigned long long)value);
    return 0;
}
