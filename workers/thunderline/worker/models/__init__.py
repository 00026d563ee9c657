"""Small classifiers in three libraries, with or without spectral normalisation of their layers. Each library is
imported only when a model of it is built."""
