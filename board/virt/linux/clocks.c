// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Clocks of nothing: one devfreq device for each device tree node that is compatible with "dragoman,virt-clock".
 *
 * The node's operating points are the rates. Setting one only remembers it, so the files below
 * /sys/class/devfreq/<device> (available_frequencies, cur_freq, min_freq, max_freq) are the kernel's own, with all its
 * rules, while nothing runs faster or slower. The governor is "performance": the clock stands at its cap, and a new cap
 * shows in cur_freq at once.
 */
#include <linux/devfreq.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm_opp.h>

struct virt_clock {
	struct devfreq_dev_profile profile;
	unsigned long rate;
};

static int virt_clock_target(struct device *dev, unsigned long *rate, u32 flags)
{
	struct virt_clock *clock = dev_get_drvdata(dev);
	struct dev_pm_opp *opp = devfreq_recommended_opp(dev, rate, flags);

	if (IS_ERR(opp))
		return PTR_ERR(opp);
	dev_pm_opp_put(opp);
	clock->rate = *rate;
	return 0;
}

static int virt_clock_get_cur_freq(struct device *dev, unsigned long *rate)
{
	struct virt_clock *clock = dev_get_drvdata(dev);

	*rate = clock->rate;
	return 0;
}

static int virt_clock_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	unsigned long fastest = ULONG_MAX;
	struct virt_clock *clock;
	struct dev_pm_opp *opp;
	int err;

	clock = devm_kzalloc(dev, sizeof(*clock), GFP_KERNEL);
	if (!clock)
		return -ENOMEM;

	err = devm_pm_opp_of_add_table(dev);
	if (err)
		return dev_err_probe(dev, err, "no operating points\n");

	opp = dev_pm_opp_find_freq_floor(dev, &fastest);
	if (IS_ERR(opp))
		return PTR_ERR(opp);
	dev_pm_opp_put(opp);

	clock->rate = fastest;
	clock->profile.initial_freq = fastest;
	clock->profile.target = virt_clock_target;
	clock->profile.get_cur_freq = virt_clock_get_cur_freq;
	platform_set_drvdata(pdev, clock);

	return PTR_ERR_OR_ZERO(devm_devfreq_add_device(dev, &clock->profile, DEVFREQ_GOV_PERFORMANCE, NULL));
}

static const struct of_device_id virt_clock_of_match[] = {
	{ .compatible = "dragoman,virt-clock" },
	{}
};

static struct platform_driver virt_clock_driver = {
	.probe = virt_clock_probe,
	.driver = {
		.name = "virt-clock",
		.of_match_table = virt_clock_of_match,
		.suppress_bind_attrs = true,
	},
};
/* Later than the governors, which register at subsys_initcall. */
builtin_platform_driver(virt_clock_driver);
