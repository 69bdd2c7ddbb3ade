/*
 * probabilitybins.c
 *		Bins of equal width over probabilities, for calibration curves.
 */
#include "postgres.h"

#include "metrics/probabilitybins.h"

/* The product is what NumPy's linspace has; the quotient can differ in the last bit. */
double
drs_bin_edge(int bin, int nbins)
{
	return bin + 1 == nbins ? 1.0 : (bin + 1) * (1.0 / nbins);
}

int
drs_bin_of(double probability, int nbins)
{
	int			bin = Min((int) (probability * nbins), nbins - 1);

	while (bin > 0 && probability <= drs_bin_edge(bin - 1, nbins))
		bin--;
	while (probability > drs_bin_edge(bin, nbins))
		bin++;
	return bin;
}

void
drs_bin_add(ProbabilityBin *bin, double label, double probability, double weight)
{
	bin->rows++;
	drs_sum_add(&bin->weight, weight);
	drs_sum_add_product(&bin->probability, weight, probability);
	drs_sum_add_product(&bin->label, weight, label);
}

void
drs_bin_merge(ProbabilityBin *bin, const ProbabilityBin *other)
{
	bin->rows += other->rows;
	drs_sum_add_sum(&bin->weight, &other->weight);
	drs_sum_add_sum(&bin->probability, &other->probability);
	drs_sum_add_sum(&bin->label, &other->label);
}
