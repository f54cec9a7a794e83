"""Surfaces: one output over two inputs."""

from __future__ import annotations

from educe.formula.laws.named_law import NamedLaw

LAWS = (
    NamedLaw(
        "sensors",
        "a*sin(x) + b*cos(y)",
        "Sine and cosine",
        "A surface of hills and valleys, linear in its two parameters.",
        {"x": (-3, 3, "first coordinate"), "y": (-3, 3, "second coordinate")},
        {"a": (2, "swing along x"), "b": (0.5, "swing along y")},
    ),
    NamedLaw(
        "plane",
        "a + b*x + c*y",
        "Plane",
        "A tilted plane; linear in its parameters.",
        {"x": (-3, 3, "first coordinate"), "y": (-3, 3, "second coordinate")},
        {"a": (1, "value at the origin"), "b": (0.5, "slope along x"), "c": (-0.8, "slope along y")},
    ),
    NamedLaw(
        "quadratic_surface",
        "a + b*x + c*y + d*x**2 + e*x*y + f*y**2",
        "Quadratic surface",
        "Response surface of designed experiments (Box and Wilson, 1951).",
        {"x": (-2, 2, "first factor"), "y": (-2, 2, "second factor")},
        {
            "a": (5, "value at the origin"),
            "b": (1, "slope along x"),
            "c": (-0.5, "slope along y"),
            "d": (-1, "half the curvature along x"),
            "e": (0.4, "interaction"),
            "f": (-0.7, "half the curvature along y"),
        },
    ),
    NamedLaw(
        "paraboloid",
        "z_0 + k*((x - x_0)**2 + (y - y_0)**2)",
        "Paraboloid",
        "A round bowl: mirrors, traps.",
        {"x": (-3, 3, "first coordinate"), "y": (-3, 3, "second coordinate")},
        {
            "z_0": (0.5, "height of the vertex"),
            "k": (0.4, "half the curvature"),
            "x_0": (0.3, "x of the vertex"),
            "y_0": (-0.2, "y of the vertex"),
        },
    ),
    NamedLaw(
        "spherical_cap",
        "z_0 + sqrt(r**2 - (x - x_0)**2 - (y - y_0)**2)",
        "Spherical cap",
        "Upper side of a ball, as a probe or a camera sees it.",
        {"x": (-2, 2, "first coordinate"), "y": (-2, 2, "second coordinate")},
        {
            "z_0": (1, "height of the centre"),
            "r": (4, "radius"),
            "x_0": (0.2, "x of the centre"),
            "y_0": (-0.1, "y of the centre"),
        },
    ),
    NamedLaw(
        "gaussian_2d",
        "a*exp(-(x - x_0)**2/(2*s_x**2) - (y - y_0)**2/(2*s_y**2))",
        "Gaussian spot",
        "Image of a star or a laser spot, axes along x and y.",
        {"x": (-3, 3, "first coordinate"), "y": (-3, 3, "second coordinate")},
        {
            "a": (1, "height"),
            "x_0": (0.3, "x of the centre"),
            "s_x": (0.8, "standard deviation along x"),
            "y_0": (-0.2, "y of the centre"),
            "s_y": (1.3, "standard deviation along y"),
        },
    ),
    NamedLaw(
        "rotated_gaussian_2d",
        (
            "a*exp(-((x - x_0)*cos(theta) + (y - y_0)*sin(theta))**2/(2*s_1**2) - ((y - "
            "y_0)*cos(theta) - (x - x_0)*sin(theta))**2/(2*s_2**2))"
        ),
        "Rotated Gaussian spot",
        "Elliptical spot with its axes turned.",
        {"x": (-3, 3, "first coordinate"), "y": (-3, 3, "second coordinate")},
        {
            "a": (1, "height"),
            "x_0": (0.3, "x of the centre"),
            "theta": (0.5, "angle of the first axis, rad"),
            "y_0": (-0.2, "y of the centre"),
            "s_1": (1.4, "standard deviation along the first axis"),
            "s_2": (0.7, "standard deviation along the second axis"),
        },
    ),
    NamedLaw(
        "moffat_2d",
        "a/(1 + ((x - x_0)**2 + (y - y_0)**2)/alpha**2)**beta",
        "Moffat spot",
        "Image of a star through a turbulent atmosphere, in two dimensions (Moffat, 1969).",
        {"x": (-4, 4, "first coordinate"), "y": (-4, 4, "second coordinate")},
        {
            "a": (1, "height"),
            "x_0": (0.3, "x of the centre"),
            "y_0": (-0.2, "y of the centre"),
            "alpha": (1.5, "width"),
            "beta": (2.5, "steepness of the wings"),
        },
    ),
    NamedLaw(
        "cobb_douglas",
        "a*k**alpha*l**beta",
        "Cobb-Douglas function",
        "Output of an economy from capital and labour (Cobb and Douglas, 1928).",
        {"k": (0.5, 5, "capital, above 0"), "l": (0.5, 5, "labour, above 0")},
        {
            "a": (1.01, "productivity"),
            "alpha": (0.25, "elasticity of capital"),
            "beta": (0.75, "elasticity of labour"),
        },
    ),
)
