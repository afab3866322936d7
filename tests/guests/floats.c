/*
 * Calculates with floating point numbers, which the compiler turns into calls of integer code (soft float), and prints
 * them to the last bit. IEEE 754 leaves no choice about any result here, so that every processor prints the same.
 */
#include <math.h>
#include <stdio.h>

static void show(const char *what, double value)
{
    if (isnan(value))
        printf("%-22s nan\n", what); /* the sign of a NaN is not defined */
    else if (fpclassify(value) == FP_SUBNORMAL)
        printf("%-22s %.17g\n", what, value); /* nor is how %a prints one of these */
    else
        printf("%-22s %a %.17g\n", what, value, value);
}

int main(void)
{
    /* volatile: calculated when the program runs, not when it is compiled */
    volatile double tenth = 0.1, third = 1.0 / 3, large = 1e308, tiny = 5e-324, zero = 0, minus = -2.5;
    volatile float single = 0.1f;
    volatile long integer = 9007199254740993;
    volatile unsigned long natural = 18446744073709551615u;
    double sum = 0, product = 1;

    show("0.1 + 0.2", tenth + 0.2);
    show("1/3 * 3", third * 3);
    show("1/3 - 0.1", third - tenth);
    show("0.1 / (1/3)", tenth / third);
    show("overflow", large * 10);
    show("underflow", tiny / 2);
    show("subnormal * 3", tiny * 3);
    show("1 / -0", 1 / -zero);
    show("0 / 0", zero / zero);
    show("sqrt(0.1)", sqrt(tenth));
    show("sqrt(-2.5)", sqrt(minus));
    show("fma", fma(tenth, 10.0, -1.0));
    show("floor(-2.5)", floor(minus));
    show("rint(-2.5)", rint(minus));
    show("(float)0.1 + 0.1f", (float)tenth + single);
    show("0.1f * 0.1f", single * single);
    show("2^53 + 1 to double", (double)integer);
    show("2^64 - 1 to double", (double)natural);
    show("2^64 - 1 to float", (float)natural);
    printf("%-22s %ld %lu %d\n", "to integer", (long)(large / 1e290), (unsigned long)(third * 1e19), (int)minus);
    printf("%-22s %d %d %d\n", "compare", tenth + 0.2 == 0.3, zero == -zero, zero / zero != zero / zero);
    for (int i = 1; i <= 1000; i++) {
        sum += 1.0 / i;
        product *= 1 + tenth / i;
    }
    show("harmonic sum", sum);
    show("product", product);
    printf("%-22s %g %e %f %.3f %10.2g|\n", "formats", tenth, large, third, minus, third);
    return 0;
}
