/*
 * nbody N: lets the sun and the four large planets attract each other for N steps of a hundredth of a year each, and prints the
 * energy of all before and after.
 *
 * Computes in floating point of double precision, nothing else. Energy is kept but for what the steps are too long for and for
 * rounding: the last digits tell whether a single operation came out otherwise. Positions and velocities are those of the astronomical
 * almanac that the Computer Language Benchmarks Game uses; units are the distance from earth to sun, the mass of the sun, and days.
 */
#include <math.h>

#include "common.h"

#define HOW "nbody N    (N from 0 to 100000000)"
#define BODIES 5
#define SOLAR_MASS (4 * 3.141592653589793 * 3.141592653589793)
#define DAYS 365.24

struct body {
    double place[3], velocity[3], mass;
};

static struct body bodies[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, SOLAR_MASS},
    {{4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01},
     {1.66007664274403694e-03 * DAYS, 7.69901118419740425e-03 * DAYS, -6.90460016972063023e-05 * DAYS},
     9.54791938424326609e-04 * SOLAR_MASS},
    {{8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01},
     {-2.76742510726411530e-03 * DAYS, 4.99852801234917238e-03 * DAYS, 2.30417297573763929e-05 * DAYS},
     2.85885980666130812e-04 * SOLAR_MASS},
    {{1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01},
     {2.96460137564761618e-03 * DAYS, 2.37847173959480950e-03 * DAYS, -2.96589568540237556e-05 * DAYS},
     4.36624404335156298e-05 * SOLAR_MASS},
    {{1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01},
     {2.68067772490389322e-03 * DAYS, 1.62824170038242295e-03 * DAYS, -9.51592254519715870e-05 * DAYS},
     5.15138902046611451e-05 * SOLAR_MASS},
};

static double squared(const double v[3])
{
    return v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
}

static double energy(void)
{
    double sum = 0;

    for (int i = 0; i < BODIES; i++) {
        sum += 0.5 * bodies[i].mass * squared(bodies[i].velocity);
        for (int j = i + 1; j < BODIES; j++) {
            double apart[3];

            for (int axis = 0; axis < 3; axis++)
                apart[axis] = bodies[i].place[axis] - bodies[j].place[axis];
            sum -= bodies[i].mass * bodies[j].mass / sqrt(squared(apart));
        }
    }
    return sum;
}

/* Lets the sun move so that all together stand still. */
static void stand_still(void)
{
    for (int axis = 0; axis < 3; axis++) {
        double momentum = 0;

        for (int i = 1; i < BODIES; i++)
            momentum += bodies[i].mass * bodies[i].velocity[axis];
        bodies[0].velocity[axis] = -momentum / SOLAR_MASS;
    }
}

static void step(double years)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            double apart[3], distance, pull;

            for (int axis = 0; axis < 3; axis++)
                apart[axis] = bodies[i].place[axis] - bodies[j].place[axis];
            distance = sqrt(squared(apart));
            pull = years / (distance * distance * distance);
            for (int axis = 0; axis < 3; axis++) {
                bodies[i].velocity[axis] -= apart[axis] * bodies[j].mass * pull;
                bodies[j].velocity[axis] += apart[axis] * bodies[i].mass * pull;
            }
        }
    for (int i = 0; i < BODIES; i++)
        for (int axis = 0; axis < 3; axis++)
            bodies[i].place[axis] += years * bodies[i].velocity[axis];
}

int main(int argc, char **argv)
{
    unsigned long steps;

    if (argc != 2)
        usage(HOW);
    steps = number(argv[1], 0, 100000000, HOW);

    stand_still();
    printf("%.15f\n", energy());
    for (unsigned long i = 0; i < steps; i++)
        step(0.01);
    printf("%.15f\n", energy());
    return 0;
}
