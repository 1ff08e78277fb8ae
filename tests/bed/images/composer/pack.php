<?php
// Packs the distribution's Composer, whose parts name each other by their place on the disk, into one file.
// Usage: php -d phar.readonly=0 pack.php OUT
const ROOT = '/usr/share/php';
const INSIDE = 'phar://composer.phar/share/php';

$phar = new Phar($argv[1], 0, 'composer.phar');
foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator(ROOT, FilesystemIterator::SKIP_DOTS)) as $file) {
    $text = file_get_contents($file->getPathname());
    $phar['share/php' . substr($file->getPathname(), strlen(ROOT))] = str_replace(ROOT . '/', INSIDE . '/', $text);
}
$main = preg_replace('/^#!.*\n/', '', file_get_contents('/usr/bin/composer'));
$phar['bin/composer'] = $main;
$phar->setStub("#!/usr/bin/env php\n<?php Phar::mapPhar('composer.phar'); require 'phar://composer.phar/bin/composer'; __HALT_COMPILER();");
unset($phar);
chmod($argv[1], 0755);
